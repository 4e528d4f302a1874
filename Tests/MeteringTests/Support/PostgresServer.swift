import Foundation
import Synchronization

/// A real PostgreSQL in a folder of its own, on a Unix socket, started by the tests and ended with them.
final class PostgresServer: Sendable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    private let folder: String
    private let binaries: String
    private let process = Mutex<(server: Process, pipe: Pipe)?>(nil)

    /// Shared by the suites that only need some database; each takes one of its own by ``makeDatabase()``.
    static let shared = Result { try PostgresServer() }

    init() throws {
        binaries = try Self.findBinaries()
        folder = "/tmp/thalamus-pg-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if Self.isRoot { try Self.run("/bin/chown", ["postgres", folder]) }
        try Self.run(
            as: "\(binaries)/initdb",
            ["-D", "\(folder)/data", "-U", "thalamus", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])
        try start()
        Self.stopAtExit(self)
    }

    /// PostgreSQL refuses to run as root.
    private static var isRoot: Bool { geteuid() == 0 }

    private static func findBinaries() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted {
            (Int($0) ?? 0) > (Int($1) ?? 0)
        }
        for version in versions where FileManager.default.isExecutableFile(atPath: "\(root)/\(version)/bin/initdb") {
            return "\(root)/\(version)/bin"
        }
        throw Failure(description: "these tests need PostgreSQL: install the package postgresql")
    }

    // MARK: Starting and stopping

    func start() throws {
        let server = Self.command(
            as: "\(binaries)/postgres",
            [
                "-D", "\(folder)/data", "-k", folder, "-c", "listen_addresses=", "-c", "max_connections=200", "-c",
                "fsync=off", "-c", "unix_socket_permissions=0777",
            ],
            // Ends with the pipe, and so with the tests, however they end. It does not wait: signals may be blocked here.
            wrapper: "\"$@\" & pid=$!; read _; kill -QUIT $pid")
        let pipe = Pipe()
        server.standardInput = pipe
        _ = FileManager.default.createFile(atPath: "\(folder)-log", contents: nil)
        server.standardError = FileHandle(forWritingAtPath: "\(folder)-log")
        server.standardOutput = FileHandle.nullDevice
        try server.run()
        process.withLock { $0 = (server, pipe) }
        let deadline = ContinuousClock.now.advanced(by: .seconds(30))
        while !isAnswering {
            guard server.isRunning, ContinuousClock.now < deadline else {
                let log = (try? String(contentsOfFile: "\(folder)-log", encoding: .utf8)) ?? ""
                throw Failure(description: "PostgreSQL did not start: \(log)")
            }
            usleep(20_000)
        }
    }

    private var isAnswering: Bool {
        (try? Self.run("\(binaries)/pg_isready", ["-h", folder, "-U", "thalamus", "-d", "postgres", "-q"])) != nil
    }

    /// Ends it at once, as a crash would: sessions are cut.
    func stop() {
        guard let (server, pipe) = process.withLock({ $0.take() }) else { return }
        try? pipe.fileHandleForWriting.close()
        server.waitUntilExit()
        let deadline = ContinuousClock.now.advanced(by: .seconds(30))
        while FileManager.default.fileExists(atPath: "\(folder)/data/postmaster.pid"), ContinuousClock.now < deadline {
            usleep(10_000)
        }
    }

    private static func stopAtExit(_ server: PostgresServer) {
        servers.withLock { servers in
            if servers.isEmpty { atexit { PostgresServer.stopAll() } }
            servers.append(server)
        }
    }

    private static let servers = Mutex<[PostgresServer]>([])

    private static func stopAll() {
        for server in servers.withLock({ $0 }) {
            server.stop()
            try? FileManager.default.removeItem(atPath: server.folder)
            try? FileManager.default.removeItem(atPath: "\(server.folder)-log")
        }
    }

    // MARK: Use

    /// A fresh, empty database.
    func makeDatabase() throws -> String {
        let name = "t" + UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased()
        try Self.run("\(binaries)/createdb", ["-h", folder, "-U", "thalamus", name])
        return "postgresql:///\(name)?host=\(folder)&user=thalamus"
    }

    private static func command(as binary: String, _ arguments: [String], wrapper: String? = nil) -> Process {
        let user = isRoot ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : []
        let shell = wrapper.map { ["/bin/sh", "-c", $0, "sh"] } ?? []
        let words = shell + user + [binary] + arguments
        let process = Process()
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        process.currentDirectoryURL = URL(filePath: "/tmp")
        return process
    }

    private static func run(as binary: String, _ arguments: [String]) throws {
        try finish(command(as: binary, arguments))
    }

    private static func run(_ binary: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: binary)
        process.arguments = arguments
        try finish(process)
    }

    private static func finish(_ process: Process) throws {
        let pipe = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "\(process.arguments ?? []): \(text)") }
    }
}
