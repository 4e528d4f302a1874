import Synchronization
import Testing

@testable import Postgres

@Suite("PostgreSQL connections", .serialized, .timeLimit(.minutes(3))) struct PostgresConnectionTests {
    private func configuration() throws -> PostgresConfiguration {
        PostgresConfiguration(uri: try PostgresServer.shared.get().makeDatabase())
    }

    @Test("give text, integers and NULL back as they went in")
    func values() async throws {
        let connection = try await PostgresConnection.connect(try configuration())
        let result = try await connection.withSession {
            try $0.execute(
                "SELECT CAST($1 AS BIGINT) AS a, CAST($2 AS TEXT) AS b, CAST($3 AS TEXT) AS c", ["-5", "é'\"\\", nil])
        }
        #expect(result.rows == [["-5", "é'\"\\", nil]])
        #expect(result.columns.map(\.name) == ["a", "b", "c"])
        #expect(result.columns.map(\.isInteger) == [true, false, false])
    }

    @Test("name the SQLSTATE and the constraint of a refusal, and go on")
    func refusals() async throws {
        let connection = try await PostgresConnection.connect(try configuration())
        try await connection.withSession { session in
            try session.executeSimple("CREATE TABLE t (a BIGINT CONSTRAINT positive CHECK (a > 0))")
            do {
                _ = try session.execute("INSERT INTO t VALUES ($1)", ["-987654"])
                Issue.record("the check let it pass")
            } catch let error as PostgresError {
                #expect(error.code == .serverRefused)
                #expect(error.sqlState == "23514")
                #expect(error.message.contains("positive"))
                #expect(!error.description.contains("987654"))
                #expect(!error.isUnavailable)
            }
            #expect(try session.execute("SELECT 1").rows == [["1"]])
        }
    }

    @Test("roll a failed transaction back")
    func rollback() async throws {
        let connection = try await PostgresConnection.connect(try configuration())
        try await connection.withSession { _ = try $0.executeSimple("CREATE TABLE t (a BIGINT)") }
        await #expect(throws: CancellationError.self) {
            try await connection.transaction { session in
                _ = try session.execute("INSERT INTO t VALUES (1)")
                throw CancellationError()
            }
        }
        #expect(try await connection.withSession { try $0.execute("SELECT COUNT(*) FROM t").rows } == [["0"]])
        try await connection.transaction { _ = try $0.execute("INSERT INTO t VALUES (1)") }
        #expect(try await connection.withSession { try $0.execute("SELECT COUNT(*) FROM t").rows } == [["1"]])
    }

    @Test("end a statement that takes too long, and stay usable")
    func statementTimeout() async throws {
        var configuration = try configuration()
        configuration.statementTimeout = .milliseconds(100)
        let connection = try await PostgresConnection.connect(configuration)
        do {
            _ = try await connection.withSession { try $0.execute("SELECT pg_sleep(30)") }
            Issue.record("it ended")
        } catch let error as PostgresError {
            #expect(error.sqlState == "57014")
        }
        #expect(await connection.isUsable)
    }

    @Test("notice that the server ended them")
    func loss() async throws {
        let configuration = try configuration()
        let (victim, other) = (
            try await PostgresConnection.connect(configuration), try await PostgresConnection.connect(configuration)
        )
        let pid = try #require(
            try await victim.withSession { try $0.execute("SELECT pg_backend_pid()").rows.first?.first ?? nil })
        _ = try await other.withSession { try $0.execute("SELECT pg_terminate_backend($1)", [pid]) }
        do {
            _ = try await victim.withSession { try $0.execute("SELECT 1") }
            Issue.record("a dead connection answered")
        } catch let error as PostgresError {
            #expect(error.code == .connectionLost)
            #expect(error.isUnavailable)
        }
        #expect(await !victim.isUsable)
    }

    @Test(
        "fail without telling the password",
        arguments: [
            "postgresql://user:hunter2@127.0.0.1:1/db", "postgresql://user:hunter2@127.0.0.1:port/db",
            "postgresql://user:hunter2@[::1",
        ])
    func secrets(uri: String) async throws {
        do {
            _ = try await PostgresConnection.connect(PostgresConfiguration(uri: uri))
            Issue.record("it connected")
        } catch {
            #expect(!"\(error)".contains("hunter2"))
            #expect([.connectFailed, .badConfiguration].contains(error.code))
        }
    }
}

@Suite("PostgreSQL pool", .serialized, .timeLimit(.minutes(3))) struct PostgresPoolTests {
    private func pool(_ size: Int) throws -> PostgresPool {
        var configuration = PostgresConfiguration(uri: try PostgresServer.shared.get().makeDatabase())
        configuration.maximumConnections = size
        return PostgresPool(configuration)
    }

    private func query(_ pool: PostgresPool, _ sql: String, within limit: Duration = .seconds(20)) async throws
        -> [[String?]]
    {
        try await pool.withConnection(until: .now.advanced(by: limit)) { connection in
            try await connection.withSession { try $0.execute(sql).rows }
        }
    }

    @Test("serves many callers with few connections")
    func bound() async throws {
        let pool = try pool(3)
        let pids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<60 {
                group.addTask { try await query(pool, "SELECT pg_backend_pid() FROM pg_sleep(0.002)")[0][0] ?? "" }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect((1...3).contains(pids.count))
    }

    @Test("gives up waiting at the deadline")
    func deadline() async throws {
        let pool = try pool(1)
        try await pool.withConnection(until: .now.advanced(by: .seconds(20))) { _ in
            do {
                _ = try await query(pool, "SELECT 1", within: .milliseconds(50))
                Issue.record("a second connection was opened")
            } catch let error as PostgresError {
                #expect(error.code == .poolExhausted)
            }
        }
        #expect(try await query(pool, "SELECT 1") == [["1"]])
    }

    @Test("replaces a connection that broke")
    func replacement() async throws {
        let pool = try pool(1)
        for _ in 0..<3 {
            _ = try? await query(pool, "SELECT pg_terminate_backend(pg_backend_pid())")
            #expect(try await query(pool, "SELECT 1") == [["1"]])
        }
    }
}
