/// The statements about replicas: who lives, and whose leases are taken back.
enum ReplicaQueries {
    /// Says that a replica lives and owns its leases until `expiry`.
    ///
    /// - Returns: false when it was unknown before: new, or reaped.
    static func renew(
        _ replica: String, seenAt now: Int64, until expiry: Int64, _ session: any SQLSession
    ) throws -> Bool {
        let renewed = try session.execute(
            "UPDATE replicas SET expires_at = $2, seen_at = $3 WHERE id = $1 RETURNING id",
            [.text(replica), .integer(expiry), .integer(now)])
        guard renewed.isEmpty else { return true }
        try session.execute(
            "INSERT INTO replicas (id, expires_at, seen_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
            [.text(replica), .integer(expiry), .integer(now)])
        return false
    }

    static func count(_ session: any SQLSession) throws -> Int64 {
        try session.execute("SELECT COUNT(*) AS count FROM replicas").first?.integer("count") ?? 1
    }

    static func expired(at now: Int64, _ session: any SQLSession) throws -> [String] {
        try session.execute("SELECT id FROM replicas WHERE expires_at < $1 ORDER BY id", [.integer(now)])
            .map { try $0.text("id") }
    }

    /// Replicas that were not heard of since `limit`.
    static func silent(since limit: Int64, _ session: any SQLSession) throws -> [String] {
        try session.execute("SELECT id FROM replicas WHERE seen_at < $1 ORDER BY id", [.integer(limit)])
            .map { try $0.text("id") }
    }

    /// Takes a replica's name out, if it has not come back in the meantime.
    static func remove(_ replica: String, expiredAt now: Int64, _ session: any SQLSession) throws -> Bool {
        try !session.execute(
            "DELETE FROM replicas WHERE id = $1 AND expires_at < $2 RETURNING id", [.text(replica), .integer(now)]
        ).isEmpty
    }
}
