internal import Signing

/// The statements about keys.
enum KeyQueries {
    private static let columns = """
        k.id, k.account_id, k.name, k.last_four, k.models, k.endpoints, k.addresses, k.created_at, k.expires_at, \
        k.revoked_at, k.revision
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

    /// The latest change of any key, account, plan or price.
    static func revision(_ session: any SQLSession) throws -> Int64 {
        try session.execute("SELECT value FROM revisions WHERE name = 'keys'").first?.integer("value") ?? 0
    }

    /// Changes queue here, so revisions rise in the order in which they commit. Replicas are told at the commit.
    static func nextRevision(_ session: any SQLSession) throws -> Int64 {
        let rows = try session.execute("UPDATE revisions SET value = value + 1 WHERE name = 'keys' RETURNING value")
        guard let row = rows.first else { throw StoreError(.refused, "the database has no revision of keys") }
        try notify(session)
        return try row.integer("value")
    }

    /// Has replicas look for changes as soon as the transaction commits, where the store can tell them.
    static func notify(_ session: any SQLSession) throws {
        guard session.dialect == .postgres else { return }
        try session.execute("SELECT pg_notify('\(PostgresChanges.channel)', '')")
    }

    /// The key that a secret stands for, and until when the secret does.
    static func key(
        hash: SecretHash, _ session: any SQLSession
    ) throws -> (key: APIKey, secretExpiresAt: Int64?)? {
        let rows = try session.execute(
            """
            SELECT \(columns), s.expires_at AS secret_expires_at FROM key_secrets s JOIN keys k ON k.id = s.key_id \
            WHERE s.secret_hash = $1
            """,
            [.text(hash.hex)])
        guard let row = rows.first else { return nil }
        return (try complete([row], session)[0], try row.optionalInteger("secret_expires_at"))
    }

    static func keys(changedAfter revision: Int64, _ session: any SQLSession) throws -> [APIKey] {
        try complete(
            session.execute("SELECT \(columns) FROM keys k WHERE k.revision > $1", [.integer(revision)]), session)
    }

    static func find(_ id: String, _ session: any SQLSession) throws -> APIKey? {
        try complete(session.execute("SELECT \(columns) FROM keys k WHERE k.id = $1", [.text(id)]), session).first
    }

    static func all(account: String?, _ session: any SQLSession) throws -> [APIKey] {
        let condition = account == nil ? "" : "WHERE k.account_id = $1"
        return try complete(
            session.execute(
                "SELECT \(columns) FROM keys k \(condition) ORDER BY k.created_at, k.id",
                account.map { [.text($0)] } ?? []), session)
    }

    /// Keys in the order of their making, from behind one.
    static func page(
        of account: String?, after start: (createdAt: Int64, id: String), count: SQLValue, _ session: any SQLSession
    ) throws -> [APIKey] {
        let condition = account == nil ? "" : "AND k.account_id = $4"
        return try complete(
            session.execute(
                """
                SELECT \(columns) FROM keys k WHERE (k.created_at, k.id) > ($1, $2) \(condition) \
                ORDER BY k.created_at, k.id LIMIT $3
                """,
                [.integer(start.createdAt), .text(start.id), count] + (account.map { [.text($0)] } ?? [])), session)
    }

    /// Keys with their limits and their accounts'.
    private static func complete(_ rows: [SQLRow], _ session: any SQLSession) throws -> [APIKey] {
        var accounts: [String: AccountQueries.Terms] = [:]
        return try rows.map { row in
            var key = APIKey(
                id: try row.text("id"), account: try row.text("account_id"), name: try row.text("name"),
                lastFour: try row.text("last_four"),
                scope: KeyScope(
                    models: KeyScope.list(try row.optionalText("models")),
                    endpoints: KeyScope.list(try row.optionalText("endpoints")),
                    addresses: KeyScope.list(try row.optionalText("addresses"))),
                createdAt: try row.integer("created_at"), expiresAt: try row.optionalInteger("expires_at"),
                revokedAt: try row.optionalInteger("revoked_at"), revision: try row.integer("revision"))
            key.limits = try LimitQueries.limits(of: Subject.key(key.id).text, session)
            let terms = try accounts[key.account] ?? AccountQueries.terms(of: key.account, session)
            accounts[key.account] = terms
            key.accountLimits = terms.limits
            key.marginBasisPoints = terms.marginBasisPoints
            if terms.isClosed { key.revokedAt = key.revokedAt ?? terms.closedAt }
            return key
        }
    }

    /// - Returns: false when the secret is a key already.
    static func insert(_ key: APIKey, hash: SecretHash, _ session: any SQLSession) throws -> Bool {
        try AccountQueries.make(key.account, at: key.createdAt, session)
        try session.execute(
            """
            INSERT INTO keys (id, account_id, name, last_four, models, endpoints, addresses, created_at, expires_at, \
            revoked_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10)
            """,
            [
                .text(key.id), .text(key.account), .text(key.name), .text(key.lastFour),
                KeyScope.text(key.scope.models), KeyScope.text(key.scope.endpoints),
                KeyScope.text(key.scope.addresses), .integer(key.createdAt), .optional(key.expiresAt),
                .integer(key.revision),
            ])
        try LimitQueries.set(key.limits, of: .key(key.id), in: key.account, at: key.createdAt, session)
        return try insertSecret(hash, of: key.id, at: key.createdAt, session)
    }

    static func insertSecret(
        _ hash: SecretHash, of keyID: String, at now: Int64, _ session: any SQLSession
    ) throws -> Bool {
        try !session.execute(
            """
            INSERT INTO key_secrets (secret_hash, key_id, created_at, expires_at) VALUES ($1, $2, $3, NULL) \
            ON CONFLICT (secret_hash) DO NOTHING RETURNING key_id
            """,
            [.text(hash.hex), .text(keyID), .integer(now)]
        ).isEmpty
    }

    /// Ends a key's secrets at `expiry`, those that end earlier at their own time.
    static func expireSecrets(of keyID: String, at expiry: Int64, _ session: any SQLSession) throws {
        try session.execute(
            "UPDATE key_secrets SET expires_at = $2 WHERE key_id = $1 AND (expires_at IS NULL OR expires_at > $2)",
            [.text(keyID), .integer(expiry)])
    }

    /// Writes a changed record, but for its limits.
    static func update(_ key: APIKey, _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE keys SET name = $2, last_four = $3, models = $4, endpoints = $5, addresses = $6, expires_at = $7, \
            revision = $8 WHERE id = $1
            """,
            [
                .text(key.id), .text(key.name), .text(key.lastFour), KeyScope.text(key.scope.models),
                KeyScope.text(key.scope.endpoints), KeyScope.text(key.scope.addresses), .optional(key.expiresAt),
                .integer(key.revision),
            ])
    }

    /// - Returns: false when there is no such key. A key revoked before keeps its time.
    static func revoke(_ id: String, at now: Int64, revision: Int64, _ session: any SQLSession) throws -> Bool {
        try !session.execute(
            """
            UPDATE keys SET revoked_at = COALESCE(revoked_at, CAST($2 AS BIGINT)), revision = $3 WHERE id = $1 \
            RETURNING id
            """,
            [.text(id), .integer(now), .integer(revision)]
        ).isEmpty
    }
}
