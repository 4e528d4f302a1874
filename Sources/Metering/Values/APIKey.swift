/// The stored record of an API key, never its secret.
public struct APIKey: Hashable, Sendable, Codable {
    /// `key_` and 16 characters; unique, and not secret.
    public var id: String
    public var account: String
    public var name: String
    /// The secret's last four characters, for people to recognise it by.
    public var lastFour: String
    /// Over all replicas.
    public var limits: Limits
    /// The account's limits, its plan's included: they hold over all its keys and replicas.
    public var accountLimits: Limits
    /// What the key may be used for.
    public var scope: KeyScope
    /// What the account pays on top of prices, in hundredths of a percent; below zero it pays less.
    public var marginBasisPoints: Int
    /// Unix milliseconds.
    public var createdAt: Int64
    /// Unix milliseconds; nil never.
    public var expiresAt: Int64?
    /// Unix milliseconds; nil while the key is good.
    public var revokedAt: Int64?
    /// Rises with every change of any key, of its account and of its account's plan.
    public var revision: Int64

    public init(
        id: String, account: String, name: String, lastFour: String = "", limits: Limits = [:],
        accountLimits: Limits = [:], scope: KeyScope = KeyScope(), createdAt: Int64 = 0, expiresAt: Int64? = nil,
        revokedAt: Int64? = nil, revision: Int64 = 0
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.lastFour = lastFour
        self.limits = limits
        self.accountLimits = accountLimits
        self.scope = scope
        marginBasisPoints = 0
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.revision = revision
    }

    /// Requests per minute over all replicas; nil is unlimited.
    public var requestsPerMinute: Int? { limits[.requestsPerMinute].map { Int(clamping: $0) } }
    /// What the key may spend in all, over all replicas; nil is unlimited.
    public var budget: MicroUnits? { limits[.spend].map { MicroUnits($0) } }

    /// Whether a text has the form of the secrets that are made here (`sk-th-…`, with its checksum), known or not.
    public static func isSecret(_ text: String) -> Bool {
        text.hasPrefix(KeySecret.prefix) && KeySecret.isWellFormed(text)
    }
}
