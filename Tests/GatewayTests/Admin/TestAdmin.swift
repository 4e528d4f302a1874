import Foundation
import HTTPTransport
import JSON
import Logging
import NIOCore
import NIOHTTP1
import Signing
import Synchronization

@testable import Gateway
@testable import Metering

/// The admin API on a loopback port, over a SQLite database of its own.
struct TestAdmin {
    static let token = "an-admin-token-of-more-than-32-characters"

    let configuration: MeteringConfiguration
    let administration: Administration
    let store: SpyStore
    let log: CapturedLog
    let client: HTTPClient
    let address: VettedAddress

    static func with(_ body: (TestAdmin) async throws -> Void) async throws {
        let loops = EventLoops(count: 1)
        let folder = FileManager.default.temporaryDirectory.appending(path: "admin-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let configuration = MeteringConfiguration(
            database: .sqlite(path: folder + "/db"), stateDirectory: folder + "/state")
        let plain = try await Administration.open(configuration)
        let store = SpyStore(plain.store)
        let administration = Administration(store: store, now: configuration.now, actor: "admin")
        let log = CapturedLog()
        let api = AdminAPI(
            administration: administration, token: try AdminToken(SecretBytes(utf8: token), name: "token"),
            logger: log.logger)
        let server = try await HTTPServer.start(
            HTTPServerConfiguration(), on: loops, responder: api, logger: log.logger)
        guard let loopback = IPAddress("127.0.0.1") else { return }
        let test = TestAdmin(
            configuration: configuration, administration: administration, store: store, log: log,
            client: HTTPClient(on: loops),
            address: try DialPolicy.loopbackOnly.vet(loopback, port: UInt16(server.port)))
        let result: Result<Void, any Error>
        do { result = .success(try await body(test)) } catch { result = .failure(error) }
        await test.client.shutDown()
        await server.shutDown(grace: .zero)
        await administration.close()
        await loops.shutdown()
        try result.get()
    }

    struct Answer {
        let status: Int
        let headers: HTTPHeaders
        let body: ByteBuffer
        var json: JSONElement { get throws { try JSONDocument(parsing: body).root } }
        var code: String? { try? json["error"]?["code"]?.string }
        var text: String { String(buffer: body) }
    }

    /// - Parameter token: nil sends none.
    func send(
        _ method: HTTPMethod, _ target: String, _ body: String = "", token: String? = Self.token,
        headers: HTTPHeaders = [:]
    ) async throws -> Answer {
        var headers = headers
        if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
        if !body.isEmpty { headers.add(name: "content-type", value: "application/json") }
        let sent = headers
        return try await client.withResponse(from: address, deadline: .now + .seconds(30)) { _ in
            HTTPClientRequest(method: method, target: target, headers: sent, body: ByteBuffer(string: body))
        } _: { response in
            let (status, headers) = (Int(response.status.code), response.headers)
            return Answer(status: status, headers: headers, body: try await response.collect(upTo: 1 << 24))
        }
    }

    /// Puts rows into the ledger, as a replica's upload does.
    func upload(_ entries: [LedgerEntry]) async throws {
        let records = entries.map { SpoolRecord(entry: $0, leased: LeasedLimits(), admittedAt: $0.startedAt) }
        _ = try await store.transaction { try UsageUpload(records: records, replica: "test").run($0) }
    }

    static func entry(_ id: String, account: String = "acme", key: String = "key", model: String = "m") -> LedgerEntry {
        LedgerEntry(
            requestID: id, account: account, keyID: key, model: model, netuid: 5, endpoint: "/v1/chat/completions",
            promptTokens: 7, completionTokens: 11, price: MicroUnits(60), status: 200, isStream: true,
            startedAt: 1_700_000_000_000, finishedAt: 1_700_000_000_250,
            minerHotkey: "5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX")
    }
}

/// A store that counts what is asked of it, and can be away.
final class SpyStore: MeteringStore {
    private let store: any MeteringStore
    private let count = Atomic(0)
    let isAway = Atomic(false)

    init(_ store: any MeteringStore) { self.store = store }

    var transactions: Int { count.load(ordering: .relaxed) }
    var changes: PostgresChanges? { nil }

    func transaction<R: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> R) async throws -> R {
        count.wrappingAdd(1, ordering: .relaxed)
        if isAway.load(ordering: .relaxed) { throw StoreError(.unavailable, "away") }
        return try await store.transaction(body)
    }

    func close() async { await store.close() }
}

/// Every line that was logged, with its metadata.
final class CapturedLog: Sendable {
    private let captured = Mutex<[String]>([])

    var lines: [String] { captured.withLock { $0 } }
    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(log: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        init(log: CapturedLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.captured.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}
