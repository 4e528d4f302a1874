internal import CPQ
internal import Foundation

/// Opens libpq connections without blocking past a deadline. Names are resolved by libpq, which takes what it takes.
enum PostgresConnector {
    static func connect(_ configuration: PostgresConfiguration) throws(PostgresError) -> PostgresSession {
        try vet(configuration.uri)
        let seconds = max(2, configuration.connectTimeout.components.seconds)
        let milliseconds = configuration.statementTimeout.wholeMilliseconds
        // The URI comes after our defaults, so what it says of the same parameters wins.
        let parameters: [(String, String)] = [
            ("fallback_application_name", configuration.applicationName), ("connect_timeout", "\(seconds)"),
            ("keepalives_idle", "15"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "15000"), ("dbname", configuration.uri), ("client_encoding", "UTF8"),
        ]
        let deadline = ContinuousClock.now.advanced(by: configuration.connectTimeout)
        guard let handle = start(parameters) else { throw PostgresError(.connectFailed, "out of memory") }
        do {
            try establish(handle, until: deadline)
        } catch {
            PQfinish(handle)
            throw error
        }
        // libpq's default prints notices to stderr.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        let session = PostgresSession(
            adopting: handle, answerTimeout: configuration.statementTimeout + .seconds(2))
        try session.executeSimple(
            "SET statement_timeout = \(milliseconds); SET idle_in_transaction_session_timeout = \(milliseconds)")
        return session
    }

    /// libpq's own message about a bad URI quotes it, password and all; ours does not.
    private static func vet(_ uri: String) throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(uri, &message) else {
            PQfreemem(message)
            throw PostgresError(.badConfiguration, "the database URI is not one that libpq can read")
        }
        PQconninfoFree(options)
    }

    private static func start(_ parameters: [(String, String)]) -> OpaquePointer? {
        let keywords = parameters.map { strdup($0.0) } + [nil]
        let values = parameters.map { strdup($0.1) } + [nil]
        defer { for pointer in keywords + values { free(pointer) } }
        return keywords.map { UnsafePointer($0) }.withUnsafeBufferPointer { keywords in
            values.map { UnsafePointer($0) }.withUnsafeBufferPointer { values in
                PQconnectStartParams(keywords.baseAddress, values.baseAddress, 1)
            }
        }
    }

    private static func establish(
        _ handle: OpaquePointer, until deadline: ContinuousClock.Instant
    ) throws(PostgresError) {
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard PQstatus(handle) != CONNECTION_BAD, state != PGRES_POLLING_FAILED else {
                throw PostgresError(.connectFailed, message(of: handle))
            }
            let events = Int16(state == PGRES_POLLING_READING ? POLLIN : POLLOUT)
            guard PostgresSession.poll(PQsocket(handle), for: events, until: deadline) else {
                throw PostgresError(.connectFailed, "no connection in time")
            }
            state = PQconnectPoll(handle)
        }
    }

    private static func message(of handle: OpaquePointer) -> String {
        guard let text = PQerrorMessage(handle) else { return "no message" }
        return String(cString: text).split(separator: "\n").joined(separator: "; ")
    }
}

extension Duration {
    /// At least one.
    fileprivate var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(1, min(seconds, 86_400) * 1_000 + attoseconds / 1_000_000_000_000_000)
    }
}
