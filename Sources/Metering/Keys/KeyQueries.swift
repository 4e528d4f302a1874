internal import Signing

/// The statements about accounts and keys.
enum KeyQueries {
    private static let columns = """
        k.id, k.account_id, k.name, k.last_four, k.requests_per_minute, k.created_at, k.expires_at, k.revoked_at, \
        k.revision, b.ceiling, b.spent, b.leased
        """

    /// 32 random bytes that key every hash, made by whoever comes first.
    static func pepper(_ session: any SQLSession) throws -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        let fresh = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        try session.execute(
            "INSERT INTO settings (name, value) VALUES ('key_pepper', $1) ON CONFLICT (name) DO NOTHING",
            [.text(Hex.encode(fresh))])
        let rows = try session.execute("SELECT value FROM settings WHERE name = 'key_pepper'")
        guard let row = rows.first else { throw StoreError(.refused, "the database has no key pepper") }
        return try Hex.decode(try row.text("value"))
    }

    /// The latest change of any key.
    static func revision(_ session: any SQLSession) throws -> Int64 {
        try session.execute("SELECT value FROM revisions WHERE name = 'keys'").first?.integer("value") ?? 0
    }

    /// Changes of keys queue here, so revisions rise in the order in which they commit.
    static func nextRevision(_ session: any SQLSession) throws -> Int64 {
        let rows = try session.execute("UPDATE revisions SET value = value + 1 WHERE name = 'keys' RETURNING value")
        guard let row = rows.first else { throw StoreError(.refused, "the database has no revision of keys") }
        return try row.integer("value")
    }

    static func key(hash: SecretHash, _ session: any SQLSession) throws -> APIKey? {
        try session.execute(
            "SELECT \(columns) FROM api_keys k JOIN budgets b ON b.key_id = k.id WHERE k.secret_hash = $1",
            [.text(hash.hex)]
        ).first.map { try KeyStatus(row: $0).key }
    }

    static func keys(changedAfter revision: Int64, _ session: any SQLSession) throws -> [APIKey] {
        try session.execute(
            "SELECT \(columns) FROM api_keys k JOIN budgets b ON b.key_id = k.id WHERE k.revision > $1",
            [.integer(revision)]
        ).map { try KeyStatus(row: $0).key }
    }

    static func all(account: String?, _ session: any SQLSession) throws -> [KeyStatus] {
        let condition = account == nil ? "" : "WHERE k.account_id = $1"
        return try session.execute(
            "SELECT \(columns) FROM api_keys k JOIN budgets b ON b.key_id = k.id \(condition) ORDER BY k.created_at, k.id",
            account.map { [.text($0)] } ?? []
        ).map { try KeyStatus(row: $0) }
    }

    static func insert(_ key: APIKey, hash: SecretHash, _ session: any SQLSession) throws -> Bool {
        try session.execute(
            "INSERT INTO accounts (id, created_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
            [.text(key.account), .integer(key.createdAt)])
        let inserted = try session.execute(
            """
            INSERT INTO api_keys (id, account_id, name, secret_hash, last_four, requests_per_minute, created_at, \
            expires_at, revoked_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9) \
            ON CONFLICT (secret_hash) DO NOTHING RETURNING id
            """,
            [
                .text(key.id), .text(key.account), .text(key.name), .text(hash.hex), .text(key.lastFour),
                .optional(key.requestsPerMinute.map(Int64.init)), .integer(key.createdAt), .optional(key.expiresAt),
                .integer(key.revision),
            ])
        guard !inserted.isEmpty else { return false }
        try session.execute(
            "INSERT INTO budgets (key_id, ceiling, spent, leased, recalls) VALUES ($1, $2, 0, 0, 0)",
            [.text(key.id), .optional(key.budget?.rawValue)])
        return true
    }

    /// - Returns: false when there is no such key. A key revoked before keeps its time.
    static func revoke(_ id: String, at now: Int64, revision: Int64, _ session: any SQLSession) throws -> Bool {
        try !session.execute(
            """
            UPDATE api_keys SET revoked_at = COALESCE(revoked_at, CAST($2 AS BIGINT)), revision = $3 WHERE id = $1 \
            RETURNING id
            """,
            [.text(id), .integer(now), .integer(revision)]
        ).isEmpty
    }
}

/// A key with where its budget stands.
public struct KeyStatus: Sendable, Hashable, Codable {
    public let key: APIKey
    /// What the uploaded part of the ledger comes to.
    public let spent: MicroUnits
    /// Reserved by replicas: open requests, usage not uploaded yet, and slices kept to admit from.
    public let leased: MicroUnits

    init(row: SQLRow) throws {
        key = APIKey(
            id: try row.text("id"), account: try row.text("account_id"), name: try row.text("name"),
            lastFour: try row.text("last_four"),
            requestsPerMinute: try row.optionalInteger("requests_per_minute").map { Int(clamping: $0) },
            budget: try row.optionalInteger("ceiling").map { MicroUnits($0) },
            createdAt: try row.integer("created_at"), expiresAt: try row.optionalInteger("expires_at"),
            revokedAt: try row.optionalInteger("revoked_at"), revision: try row.integer("revision"))
        spent = MicroUnits(try row.integer("spent"))
        leased = MicroUnits(try row.integer("leased"))
    }
}
