internal import JSON
public import NIOCore

/// The ledger's rows as a file, a bounded piece at a time: the next page is read when the piece before it is gone.
///
///     var export = administration.export(query, as: .csv)
///     while let piece = try await export.next() { try await writer.write(piece) }
///
/// Rows that are uploaded meanwhile are in it or not, by where they stand: a period that is over and uploaded is whole.
public struct LedgerExport: Sendable {
    /// Where the next page begins.
    private struct Position: Sendable {
        var account: String
        /// Nil at the account's first row.
        var row: (startedAt: Int64, requestID: String)?
    }

    private enum State: Sendable {
        case begin
        case rows(Position)
        case end, done
    }

    /// Rows of one piece.
    static let pageRows = 500
    /// Accounts looked into for one piece: most of them may have nothing in the time asked for.
    private static let pageAccounts = 100

    public let format: UsageFormat
    private let administration: Administration
    private let query: UsageQuery
    private var state = State.begin
    private var isFirstRow = true

    init(administration: Administration, query: UsageQuery, format: UsageFormat) {
        self.administration = administration
        self.query = query
        self.format = format
    }

    /// The next piece of the file, never empty; nil behind the last.
    public mutating func next() async throws(MeteringError) -> ByteBuffer? {
        var piece = ByteBuffer()
        while piece.readableBytes == 0 {
            switch state {
            case .begin:
                // The first page comes with what the file begins with: a database that is away is known before a byte
                // is sent.
                guard let position = try await start() else {
                    begin(&piece)
                    state = .end
                    continue
                }
                let rows = try await read(from: position)
                begin(&piece)
                write(rows, to: &piece)
            case .rows(let position): write(try await read(from: position), to: &piece)
            case .end:
                if format == .cloudevents { piece.writeStaticString("\n]\n") }
                state = .done
                if piece.readableBytes == 0 { return nil }
            case .done: return nil
            }
        }
        return piece
    }

    // MARK: Reading

    /// - Returns: nil when there can be no row.
    private func start() async throws(MeteringError) -> Position? {
        if let account = query.account { return Position(account: account) }
        let keyID = query.keyID
        let first = try await administration.perform { session in
            guard let keyID else { return try Self.account(after: "", session) }
            return try session.execute("SELECT account_id FROM keys WHERE id = $1", [.text(keyID)]).first?
                .text("account_id")
        }
        return first.map { Position(account: $0) }
    }

    /// One page, and the state behind it.
    private mutating func read(from position: Position) async throws(MeteringError) -> [LedgerEntry] {
        let query = query
        let (rows, next) = try await administration.perform { session in
            var rows: [LedgerEntry] = []
            var position = position
            for _ in 0..<Self.pageAccounts {
                var part = query
                part.account = position.account
                let wanted = Self.pageRows - rows.count
                let more = try part.entries(after: position.row ?? (.min, ""), limit: wanted, session)
                rows += more
                if let last = more.last, more.count == wanted {
                    position.row = (last.startedAt, last.requestID)
                    return (rows, Position?.some(position))
                }
                guard query.account == nil, query.keyID == nil,
                    let account = try Self.account(after: position.account, session)
                else { return (rows, nil) }
                position = Position(account: account)
            }
            return (rows, position)
        }
        state = next.map { .rows($0) } ?? .end
        return rows
    }

    /// The next account with rows, by the daily sums, which are few.
    private static func account(after account: String, _ session: any SQLSession) throws -> String? {
        try session.execute(
            "SELECT account_id FROM usage_daily WHERE account_id > $1 ORDER BY account_id LIMIT 1", [.text(account)]
        ).first?.text("account_id")
    }

    // MARK: Writing

    private func begin(_ piece: inout ByteBuffer) {
        switch format {
        case .csv:
            var names = CSVLine()
            for name in LedgerEntry.exportedNames { names.append(name) }
            names.write(to: &piece)
        case .jsonl: break
        case .cloudevents: piece.writeStaticString("[")
        }
    }

    private mutating func write(_ rows: [LedgerEntry], to piece: inout ByteBuffer) {
        for row in rows {
            switch format {
            case .csv: row.csv.write(to: &piece)
            case .jsonl:
                Self.append(to: &piece, row.write)
                piece.writeStaticString("\n")
            case .cloudevents:
                piece.writeString(isFirstRow ? "\n" : ",\n")
                Self.append(to: &piece, row.writeEvent)
            }
            isFirstRow = false
        }
    }

    private static func append(to piece: inout ByteBuffer, _ write: (inout JSONWriter) -> Void) {
        // Taken out, so that nothing else holds the bytes and writing does not copy them.
        let taken = piece
        piece = ByteBuffer()
        var writer = JSONWriter(appendingTo: consume taken)
        write(&writer)
        piece = writer.buffer
    }
}
