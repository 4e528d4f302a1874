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

    /// When each replica was last heard of, by its own clock.
    static func sightings(_ session: any SQLSession) throws -> [String: Int64] {
        var sightings: [String: Int64] = [:]
        for row in try session.execute("SELECT id, seen_at FROM replicas") {
            sightings[try row.text("id")] = try row.integer("seen_at")
        }
        return sightings
    }

    /// Takes a replica's name out, if it has not come back in the meantime.
    static func remove(_ replica: String, expiredAt now: Int64, _ session: any SQLSession) throws -> Bool {
        try !session.execute(
            "DELETE FROM replicas WHERE id = $1 AND expires_at < $2 RETURNING id", [.text(replica), .integer(now)]
        ).isEmpty
    }
}

/// Which replicas have fallen silent: told by this replica's clock alone, however wrong the others' are.
struct ReplicaSilence {
    private var last: [String: (seenAt: Int64, heardAt: Int64)] = [:]

    /// - Parameter sightings: what each replica wrote last.
    /// - Returns: those that have written nothing new for `limit` milliseconds.
    mutating func silent(_ sightings: [String: Int64], for limit: Int64, now: Int64) -> [String] {
        last = last.filter { sightings[$0.key] != nil }
        return sightings.filter { replica, seenAt in
            guard let known = last[replica], known.seenAt == seenAt else {
                last[replica] = (seenAt, now)
                return false
            }
            return now - known.heardAt >= limit
        }.keys.sorted()
    }
}
