internal import Signing

/// Who changed what: an append-only log in which each record's hash covers the one before it.
enum AuditLog {
    /// The hash before the first record.
    static let origin = String(repeating: "0", count: 64)

    /// Appends a record. The transaction holds the lock on revisions, so records queue.
    static func append(
        _ action: Administration.Action, by actor: String, at now: Int64, _ session: any SQLSession
    ) throws {
        let counter = try session.execute(
            "UPDATE revisions SET value = value + 1 WHERE name = 'audit' RETURNING value")
        guard let sequence = try counter.first?.integer("value") else {
            throw StoreError(.refused, "the database has no audit log")
        }
        let previous =
            try session.execute("SELECT hash FROM audit_log WHERE sequence = $1", [.integer(sequence - 1)])
            .first?.text("hash") ?? origin
        let record = AuditRecord(
            sequence: sequence, at: now, actor: actor, action: action.name, subject: action.subject,
            detail: action.detail.map { "\(escaped($0.0))=\(escaped($0.1))" }.joined(separator: "\n"))
        try session.execute(
            """
            INSERT INTO audit_log (sequence, at, actor, action, subject, detail, hash) \
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .integer(sequence), .integer(now), .text(actor), .text(record.action), .text(record.subject),
                .text(record.detail), .text(record.hash(after: previous)),
            ])
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing("=", with: "\\e")
    }
}

/// One record of the audit log.
public struct AuditRecord: Sendable, Hashable, Codable {
    /// From 1, without gaps.
    public let sequence: Int64
    /// Unix milliseconds.
    public let at: Int64
    public let actor: String
    /// Such as `key.create`.
    public let action: String
    /// The id of what was changed.
    public let subject: String
    /// Lines of `name=value`.
    public let detail: String

    /// BLAKE2b-256 over the previous hash and every field, each with its length before it; hexadecimal.
    func hash(after previous: String) -> String {
        var message: [UInt8] = []
        for field in [previous, "\(sequence)", "\(at)", actor, action, subject, detail] {
            message += Array("\(field.utf8.count):".utf8) + Array(field.utf8)
        }
        return Hex.encode(Hash.blake2b256(message))
    }
}

extension Administration {
    /// Records from `sequence` on, in order.
    public func audit(
        from sequence: Int64 = 1, limit: Int = 1_000
    ) async throws(MeteringError) -> [AuditRecord] {
        try await perform { try Self.records(from: sequence, limit: limit, $0).map(\.record) }
    }

    /// Records with their hashes, in order.
    public func audit(_ page: PageRequest) async throws(MeteringError) -> Page<(record: AuditRecord, hash: String)> {
        try page.after?.checkCount(1)
        let after = try page.after?.number(0) ?? 0
        guard after >= 0, after < .max else { throw PageCursor.malformed }
        return try await perform { session in
            Page(try Self.records(from: after + 1, limit: page.limit + 1, session), page) { ["\($0.record.sequence)"] }
        }
    }

    /// The first record that does not follow from the one before it, or nil for a log that is whole.
    ///
    /// - Returns: beside it the count of records looked at, and the last hash: written down elsewhere, it shows later
    ///   whether records were taken off the end.
    public func verifyAudit() async throws(MeteringError) -> (count: Int64, last: String, broken: Int64?) {
        try await perform { session in
            var previous = AuditLog.origin
            var expected: Int64 = 1
            while true {
                let records = try Self.records(from: expected, limit: 1_000, session)
                for (record, hash) in records {
                    guard record.sequence == expected, record.hash(after: previous) == hash else {
                        return (expected - 1, previous, expected)
                    }
                    previous = hash
                    expected += 1
                }
                guard records.isEmpty else { continue }
                let counter = try session.execute("SELECT value FROM revisions WHERE name = 'audit'")
                let count = try counter.first?.integer("value") ?? 0
                return (expected - 1, previous, count == expected - 1 ? nil : expected)
            }
        }
    }

    private static func records(
        from sequence: Int64, limit: Int, _ session: any SQLSession
    ) throws -> [(record: AuditRecord, hash: String)] {
        try session.execute(
            """
            SELECT sequence, at, actor, action, subject, detail, hash FROM audit_log WHERE sequence >= $1 \
            ORDER BY sequence LIMIT $2
            """,
            [.integer(sequence), .integer(Int64(max(0, limit)))]
        ).map { row in
            let record = AuditRecord(
                sequence: try row.integer("sequence"), at: try row.integer("at"), actor: try row.text("actor"),
                action: try row.text("action"), subject: try row.text("subject"), detail: try row.text("detail"))
            return (record, try row.text("hash"))
        }
    }
}
