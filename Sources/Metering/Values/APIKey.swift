/// The stored record of an API key, never its secret.
public struct APIKey: Hashable, Sendable, Codable {
    /// `key_` and 16 characters; unique, and not secret.
    public let id: String
    public let account: String
    public let name: String
    /// The secret's last four characters, for people to recognise it by.
    public let lastFour: String
    /// Requests per minute over all replicas; nil is unlimited.
    public let requestsPerMinute: Int?
    /// What the key may spend in all, over all replicas; nil is unlimited.
    public let budget: MicroUnits?
    /// Unix milliseconds.
    public let createdAt: Int64
    /// Unix milliseconds; nil never.
    public let expiresAt: Int64?
    /// Unix milliseconds; nil while the key is good.
    public let revokedAt: Int64?
    /// Rises with every change of any key.
    public let revision: Int64

    public init(
        id: String, account: String, name: String, lastFour: String = "", requestsPerMinute: Int? = nil,
        budget: MicroUnits? = nil, createdAt: Int64 = 0, expiresAt: Int64? = nil, revokedAt: Int64? = nil,
        revision: Int64 = 0
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.lastFour = lastFour
        self.requestsPerMinute = requestsPerMinute
        self.budget = budget
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.revision = revision
    }
}
