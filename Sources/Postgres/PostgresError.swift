/// What PostgreSQL, or the way to it, answered instead of a result.
///
/// Messages are the server's primary message, without detail or context, which may quote rows.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String, Hashable, Sendable {
            case badConfiguration, connectFailed, connectionLost, deadlineExceeded, serverRefused, poolExhausted, closed
        }
        let base: Base
        public var description: String { base.rawValue }

        /// The URI or a parameter of it can't be read.
        public static let badConfiguration = Self(base: .badConfiguration)
        public static let connectFailed = Self(base: .connectFailed)
        /// The connection broke: whether the last statement took effect is not known.
        public static let connectionLost = Self(base: .connectionLost)
        /// No answer in time; the connection was given up.
        public static let deadlineExceeded = Self(base: .deadlineExceeded)
        /// The server reported an error; see ``PostgresError/sqlState``.
        public static let serverRefused = Self(base: .serverRefused)
        /// No connection became free in time.
        public static let poolExhausted = Self(base: .poolExhausted)
        public static let closed = Self(base: .closed)
    }

    public let code: Code
    /// The five characters of SQLSTATE, when the server sent them. Source: PostgreSQL manual, appendix A.
    public let sqlState: String?
    public let message: String

    init(_ code: Code, sqlState: String? = nil, _ message: String) {
        self.code = code
        self.sqlState = sqlState
        self.message = message
    }

    /// A transaction that lost a race (serialization failure or deadlock): it was rolled back, running it again may work.
    public var isSerializationFailure: Bool { sqlState == "40001" || sqlState == "40P01" }

    /// The server can't be reached or can't serve now; a later attempt may work with nothing changed here.
    ///
    /// Classes 08 (connection), 53 (resources: disk full, too many connections), 57 (shutdown, cancelled, cannot connect
    /// now), 58 (system error), 25006 (read-only: a standby during a failover) and 55P03 (a lock not granted in time).
    public var isUnavailable: Bool {
        switch code.base {
        case .connectFailed, .connectionLost, .deadlineExceeded, .poolExhausted: return true
        case .badConfiguration, .closed: return false
        case .serverRefused:
            guard let sqlState else { return false }
            return ["08", "53", "57", "58"].contains { sqlState.hasPrefix($0) } || sqlState == "25006"
                || sqlState == "55P03"
        }
    }

    public var description: String { "\(code)" + (sqlState.map { " (\($0))" } ?? "") + ": \(message)" }
}
