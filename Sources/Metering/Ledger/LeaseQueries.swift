/// The statements about leases: how replicas share budgets and rate windows.
///
/// Every transaction that touches a key's budget locks its `budgets` row first, then the lease: no deadlock, and what is
/// read after the lock stays true until the commit.
enum LeaseQueries {
    struct Budget {
        let ceiling: Int64?
        let spent: Int64
        let leased: Int64
        let recalls: Int64

        /// What can still be leased; nil is without bound.
        var remaining: Int64? { ceiling.map { max(0, $0 - spent - leased) } }
    }

    /// Locks a key's budget until the end of the transaction. Nil for a key without one, which only a ledger row of a
    /// key that never was could have.
    static func lockBudget(_ keyID: String, _ session: any SQLSession) throws -> Budget? {
        try session.execute(
            "UPDATE budgets SET spent = spent WHERE key_id = $1 RETURNING ceiling, spent, leased, recalls",
            [.text(keyID)]
        ).first.map { row in
            Budget(
                ceiling: try row.optionalInteger("ceiling"), spent: try row.integer("spent"),
                leased: try row.integer("leased"), recalls: try row.integer("recalls"))
        }
    }

    static func lease(_ keyID: String, of replica: String, _ session: any SQLSession) throws -> Int64 {
        try session.execute(
            "SELECT amount FROM budget_leases WHERE key_id = $1 AND replica_id = $2", [.text(keyID), .text(replica)]
        ).first?.integer("amount") ?? 0
    }

    /// Grows (or with a negative amount shrinks) a lease and the budget's sum of leases, and notes recalls as obeyed.
    static func extend(
        _ keyID: String, of replica: String, by amount: Int64, recalls: Int64, _ session: any SQLSession
    ) throws {
        try session.execute(
            """
            INSERT INTO budget_leases (key_id, replica_id, amount, recalls) VALUES ($1, $2, 0, $3) \
            ON CONFLICT (key_id, replica_id) DO NOTHING
            """,
            [.text(keyID), .text(replica), .integer(recalls)])
        try session.execute(
            "UPDATE budget_leases SET amount = amount + $3, recalls = $4 WHERE key_id = $1 AND replica_id = $2",
            [.text(keyID), .text(replica), .integer(amount), .integer(recalls)])
        try session.execute(
            "UPDATE budgets SET leased = leased + $2 WHERE key_id = $1", [.text(keyID), .integer(amount)])
    }

    /// Asks the other replicas for what they do not use, unless they were asked and have not answered yet.
    static func recall(_ keyID: String, for replica: String, _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE budgets SET recalls = recalls + 1 WHERE key_id = $1 AND EXISTS (SELECT 1 FROM budget_leases l \
            WHERE l.key_id = budgets.key_id AND l.replica_id <> $2 AND l.amount > 0 AND l.recalls = budgets.recalls)
            """,
            [.text(keyID), .text(replica)])
    }

    /// Keys of which another replica wants back what this one does not use.
    static func recalled(from replica: String, _ session: any SQLSession) throws -> [String] {
        try session.execute(
            """
            SELECT l.key_id FROM budget_leases l JOIN budgets b ON b.key_id = l.key_id \
            WHERE l.replica_id = $1 AND l.amount > 0 AND l.recalls < b.recalls ORDER BY l.key_id
            """,
            [.text(replica)]
        ).map { try $0.text("key_id") }
    }

    /// Gives back all that a replica leases of a key.
    static func release(_ keyID: String, of replica: String, _ session: any SQLSession) throws {
        guard try lockBudget(keyID, session) != nil else { return }
        let rows = try session.execute(
            "DELETE FROM budget_leases WHERE key_id = $1 AND replica_id = $2 RETURNING amount",
            [.text(keyID), .text(replica)])
        for row in rows {
            try session.execute(
                "UPDATE budgets SET leased = leased - $2 WHERE key_id = $1",
                [.text(keyID), .integer(try row.integer("amount"))])
        }
    }

    static func leasedKeys(of replica: String, _ session: any SQLSession) throws -> [String] {
        try session.execute(
            "SELECT key_id FROM budget_leases WHERE replica_id = $1 ORDER BY key_id", [.text(replica)]
        ).map { try $0.text("key_id") }
    }

    // MARK: Replicas

    /// Says that a replica lives and owns its leases until `expiry`.
    ///
    /// - Returns: false when it was unknown before: new, or reaped.
    static func renew(_ replica: String, until expiry: Int64, _ session: any SQLSession) throws -> Bool {
        let renewed = try session.execute(
            "UPDATE replicas SET expires_at = $2 WHERE id = $1 RETURNING id", [.text(replica), .integer(expiry)])
        guard renewed.isEmpty else { return true }
        try session.execute(
            "INSERT INTO replicas (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
            [.text(replica), .integer(expiry)])
        return false
    }

    static func replicaCount(_ session: any SQLSession) throws -> Int64 {
        try session.execute("SELECT COUNT(*) AS count FROM replicas").first?.integer("count") ?? 1
    }

    static func expiredReplicas(at now: Int64, _ session: any SQLSession) throws -> [String] {
        try session.execute("SELECT id FROM replicas WHERE expires_at < $1 ORDER BY id", [.integer(now)])
            .map { try $0.text("id") }
    }

    /// Takes a replica's name out, if it has not come back in the meantime.
    static func remove(_ replica: String, expiredAt now: Int64, _ session: any SQLSession) throws -> Bool {
        try !session.execute(
            "DELETE FROM replicas WHERE id = $1 AND expires_at < $2 RETURNING id", [.text(replica), .integer(now)]
        ).isEmpty
    }

    // MARK: Rate windows

    /// Takes up to `wanted` requests out of a key's window; the rule of how many is the caller's.
    static func grantRequests(
        _ keyID: String, minute: Int64, _ session: any SQLSession, rule: (_ granted: Int64) -> Int64
    ) throws -> (taken: Int64, granted: Int64) {
        try session.execute(
            """
            INSERT INTO rate_windows (key_id, minute, granted) VALUES ($1, $2, 0) ON CONFLICT (key_id, minute) DO NOTHING
            """,
            [.text(keyID), .integer(minute)])
        let rows = try session.execute(
            "UPDATE rate_windows SET granted = granted WHERE key_id = $1 AND minute = $2 RETURNING granted",
            [.text(keyID), .integer(minute)])
        guard let granted = try rows.first?.integer("granted") else {
            throw StoreError(.refused, "the database lost a rate window it had just made")
        }
        let taken = rule(granted)
        guard taken > 0 else { return (0, granted) }
        try session.execute(
            "UPDATE rate_windows SET granted = granted + $3 WHERE key_id = $1 AND minute = $2",
            [.text(keyID), .integer(minute), .integer(taken)])
        return (taken, granted + taken)
    }

    static func forgetWindows(before minute: Int64, _ session: any SQLSession) throws {
        try session.execute("DELETE FROM rate_windows WHERE minute < $1", [.integer(minute)])
    }
}
