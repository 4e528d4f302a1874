internal import CPQ
internal import Foundation

/// One libpq connection, used by one thread: it blocks, within deadlines.
///
/// Statements are prepared once per session. Lent by ``PostgresConnection`` for the length of a closure.
public final class PostgresSession {
    private static let maximumStatements = 256

    let handle: OpaquePointer
    let answerTimeout: Duration
    private var statements: [String: String] = [:]
    private var isGivenUp = false

    /// Takes a connected handle over.
    init(adopting handle: OpaquePointer, answerTimeout: Duration) {
        self.handle = handle
        self.answerTimeout = answerTimeout
    }

    deinit { PQfinish(handle) }

    /// The connection can take another statement.
    public var isUsable: Bool { !isGivenUp && PQstatus(handle) == CONNECTION_OK }

    /// 150000 and up are PostgreSQL 15 and newer.
    public var serverVersion: Int { Int(PQserverVersion(handle)) }

    /// Runs one statement with `$1`… parameters given as text; the server infers their types.
    public func execute(_ sql: String, _ parameters: [String?] = []) throws(PostgresError) -> PostgresResult {
        let name = try prepare(sql)
        let isSent = Self.withPointers(parameters) { pointers in
            PQsendQueryPrepared(handle, name, Int32(clamping: parameters.count), pointers, nil, nil, 0)
        }
        return try finish(isSent: isSent)
    }

    /// Runs statements without parameters, such as `BEGIN`, or several separated by semicolons.
    @discardableResult
    public func executeSimple(_ sql: String) throws(PostgresError) -> PostgresResult {
        try finish(isSent: PQsendQuery(handle, sql))
    }

    /// Runs `body` between `BEGIN` and `COMMIT`, or `ROLLBACK` when it throws.
    public func transaction<R>(_ body: (PostgresSession) throws -> R) throws -> R {
        try executeSimple("BEGIN")
        let result: R
        do {
            result = try body(self)
        } catch {
            if isUsable { _ = try? executeSimple("ROLLBACK") }
            throw error
        }
        try executeSimple("COMMIT")
        return result
    }

    func prepare(_ sql: String) throws(PostgresError) -> String {
        if let name = statements[sql] { return name }
        if statements.count >= Self.maximumStatements {
            try executeSimple("DEALLOCATE ALL")
            statements.removeAll()
        }
        let name = "s\(statements.count)"
        _ = try finish(isSent: PQsendPrepare(handle, name, sql, 0, nil))
        statements[sql] = name
        return name
    }

    static func withPointers<R>(
        _ parameters: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> R
    ) -> R {
        // One buffer for all texts, so that one pointer is lent per statement and not one closure per parameter.
        var text: [CChar] = []
        var offsets: [Int?] = []
        offsets.reserveCapacity(parameters.count)
        for parameter in parameters {
            guard let parameter else {
                offsets.append(nil)
                continue
            }
            offsets.append(text.count)
            // A NUL would end the text early: PostgreSQL's text can't hold one.
            for byte in parameter.utf8 where byte != 0 { text.append(CChar(bitPattern: byte)) }
            text.append(0)
        }
        return text.withUnsafeBufferPointer { buffer in
            let pointers = offsets.map { offset in offset.flatMap { buffer.baseAddress?.advanced(by: $0) } }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }

    // MARK: Waiting

    private func finish(isSent: Int32) throws(PostgresError) -> PostgresResult {
        guard isSent == 1 else { throw lost() }
        let deadline = ContinuousClock.now.advanced(by: answerTimeout)
        var last: PostgresResult?
        var failure: PostgresError?
        while true {
            try waitForResult(until: deadline)
            guard let result = PQgetResult(handle) else { break }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: last = PostgresResult(result)
            default: failure = failure ?? Self.error(of: result)
            }
        }
        if let failure {
            guard PQstatus(handle) == CONNECTION_OK else { throw lost(failure) }
            throw failure
        }
        guard let last else { throw lost() }
        return last
    }

    /// Returns once `PQgetResult` would not block.
    func waitForResult(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while PQisBusy(handle) == 1 {
            let isReadable = Self.poll(PQsocket(handle), for: Int16(POLLIN), until: deadline)
            guard isReadable else {
                isGivenUp = true
                throw PostgresError(.deadlineExceeded, "no answer within \(answerTimeout)")
            }
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
    }

    /// - Returns: false at the deadline.
    static func poll(_ socket: Int32, for events: Int16, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return false }
            var descriptor = pollfd(fd: socket, events: events, revents: 0)
            let (seconds, attoseconds) = left.components
            let milliseconds = seconds >= 3_600 ? 3_600_000 : seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1
            let count = Foundation.poll(&descriptor, 1, Int32(clamping: milliseconds))
            if count > 0 { return true }
            if count < 0 && errno != EINTR { return true }
        }
    }

    func lost(_ failure: PostgresError? = nil) -> PostgresError {
        isGivenUp = true
        return PostgresError(
            .connectionLost, sqlState: failure?.sqlState, failure?.message ?? "the connection to the server was lost")
    }

    static func error(of result: OpaquePointer) -> PostgresError {
        func field(_ code: Int32) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
        let sqlState = field(CInt(UInt8(ascii: "C")))
        let message = field(CInt(UInt8(ascii: "M"))) ?? "no message"
        let constraint = field(CInt(UInt8(ascii: "n"))).map { " [constraint \($0)]" } ?? ""
        return PostgresError(.serverRefused, sqlState: sqlState, message + constraint)
    }
}
