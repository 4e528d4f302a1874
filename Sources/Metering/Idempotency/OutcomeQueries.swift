/// The table of requests that callers named.
enum OutcomeQueries {
    struct Row {
        var requestHash: String
        var requestID: String
        var startedAt: Int64
        var expiresAt: Int64
        /// Sealed; nil while the request is under way, empty when its answer was too large to be kept.
        var outcome: String?
    }

    /// Writes that a request begins, unless its name is taken.
    ///
    /// - Returns: what is there instead; nil when the request may run.
    static func begin(
        _ key: IdempotencyKey, _ row: Row, replica: String, _ session: any SQLSession
    ) throws -> Row? {
        let inserted = try session.execute(
            """
            INSERT INTO outcomes (account_id, idempotency_hash, request_hash, request_id, replica_id, started_at, \
            expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
            ON CONFLICT (account_id, idempotency_hash) DO NOTHING RETURNING request_id
            """,
            [
                .text(key.account), .text(key.hash), .text(row.requestHash), .text(row.requestID), .text(replica),
                .integer(row.startedAt), .integer(row.expiresAt),
            ])
        guard inserted.isEmpty else { return nil }
        return try session.execute(
            """
            SELECT request_hash, request_id, started_at, expires_at, outcome FROM outcomes \
            WHERE account_id = $1 AND idempotency_hash = $2 \(session.forUpdate)
            """,
            [.text(key.account), .text(key.hash)]
        ).first.map { row in
            Row(
                requestHash: try row.text("request_hash"), requestID: try row.text("request_id"),
                startedAt: try row.integer("started_at"), expiresAt: try row.integer("expires_at"),
                outcome: try row.optionalText("outcome"))
        }
    }

    /// Takes over a name whose time is over.
    static func replace(_ key: IdempotencyKey, _ row: Row, replica: String, _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE outcomes SET request_hash = $3, request_id = $4, replica_id = $5, started_at = $6, expires_at = $7, \
            outcome = NULL WHERE account_id = $1 AND idempotency_hash = $2
            """,
            [
                .text(key.account), .text(key.hash), .text(row.requestHash), .text(row.requestID), .text(replica),
                .integer(row.startedAt), .integer(row.expiresAt),
            ])
    }

    /// Keeps what a replica answered, unless another took the request over.
    static func finish(
        _ key: IdempotencyKey, requestID: String, replica: String, outcome: String, expiresAt: Int64,
        _ session: any SQLSession
    ) throws {
        try session.execute(
            """
            UPDATE outcomes SET outcome = $4, expires_at = $5 \
            WHERE account_id = $1 AND idempotency_hash = $2 AND request_id = $3 AND replica_id = $6
            """,
            [
                .text(key.account), .text(key.hash), .text(requestID), .text(outcome), .integer(expiresAt),
                .text(replica),
            ])
    }

    /// Forgets a request that came to nothing, so that it may be sent again, unless another replica took it over.
    static func forget(
        _ key: IdempotencyKey, requestID: String, replica: String, _ session: any SQLSession
    ) throws {
        try session.execute(
            """
            DELETE FROM outcomes WHERE account_id = $1 AND idempotency_hash = $2 AND request_id = $3 AND replica_id = $4 \
            AND outcome IS NULL
            """,
            [.text(key.account), .text(key.hash), .text(requestID), .text(replica)])
    }

    /// The requests of a process that is gone end with it: whoever sends one again need not wait.
    static func abandon(_ replica: String, at now: Int64, _ session: any SQLSession) throws {
        try session.execute(
            "UPDATE outcomes SET expires_at = $2 WHERE replica_id = $1 AND outcome IS NULL AND expires_at > $2",
            [.text(replica), .integer(now)])
    }

    /// Forgets some requests whose time is over: few at a time, so that no backlog takes longer than a statement may.
    ///
    /// - Returns: whether there may be more.
    static func forgetExpired(at now: Int64, _ session: any SQLSession, limit: Int64 = 1_000) throws -> Bool {
        // Those that were not answered are kept longer: another attempt must find the id they were charged under.
        let forgotten = try session.execute(
            """
            DELETE FROM outcomes WHERE (account_id, idempotency_hash) IN (SELECT account_id, idempotency_hash \
            FROM outcomes WHERE expires_at <= $1 AND (outcome IS NOT NULL OR expires_at <= $2) \
            ORDER BY expires_at LIMIT $3) RETURNING request_id
            """,
            [.integer(now), .integer(now - 86_400_000), .integer(limit)])
        return forgotten.count == limit
    }
}
