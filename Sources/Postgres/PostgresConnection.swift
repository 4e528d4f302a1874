/// One connection to PostgreSQL. Its work runs on a thread of its own, which may block.
public actor PostgresConnection {
    private let thread: ConnectionThread
    private let configuration: PostgresConfiguration
    private var session: PostgresSession?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private init(_ configuration: PostgresConfiguration) {
        self.configuration = configuration
        thread = ConnectionThread(name: "postgres")
    }

    deinit { thread.stop() }

    /// Connects within the configuration's connect timeout.
    ///
    /// - Throws: ``PostgresError`` with code `connectFailed`, or `badConfiguration` for a URI that libpq can't read.
    public static func connect(_ configuration: PostgresConfiguration) async throws(PostgresError) -> PostgresConnection
    {
        let connection = PostgresConnection(configuration)
        try await connection.open()
        return connection
    }

    /// False once the connection broke; it stays so.
    public var isUsable: Bool { session?.isUsable ?? false }

    /// Lends the session to `body`, which blocks this connection's thread and no other.
    public func withSession<R: Sendable>(_ body: @Sendable (PostgresSession) throws -> R) throws -> R {
        guard let session else { throw PostgresError(.closed, "the connection is closed") }
        return try body(session)
    }

    /// Runs `body` in a transaction; it commits when `body` returns.
    public func transaction<R: Sendable>(_ body: @Sendable (PostgresSession) throws -> R) throws -> R {
        try withSession { session in try session.transaction(body) }
    }

    public func close() { session = nil }

    private func open() throws(PostgresError) { session = try PostgresConnector.connect(configuration) }
}
