import Foundation
import Logging
import Synchronization
import Testing

@testable import Metering

enum StoreKind: String, CaseIterable, Sendable { case sqlite, postgres }

/// A fresh database, and state directories for the replicas that share it.
final class TestStore: Sendable {
    let database: MeteringConfiguration.Database
    let clock: ManualClock
    let folder: String

    init(_ kind: StoreKind, clock: ManualClock = ManualClock(), server: PostgresServer? = nil) throws {
        self.clock = clock
        folder = NSTemporaryDirectory() + "thalamus-metering-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        switch kind {
        case .sqlite: database = .sqlite(path: folder + "/metering.sqlite")
        case .postgres: database = .postgres(uri: try (server ?? PostgresServer.shared.get()).makeDatabase())
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func configuration(_ replica: String = "a") -> MeteringConfiguration {
        var configuration = MeteringConfiguration(database: database, stateDirectory: "\(folder)/\(replica)")
        configuration.segmentBytes = 64 << 10
        configuration.uploadInterval = .milliseconds(50)
        configuration.now = clock.now
        return configuration
    }

    func open(_ replica: String = "a") async throws -> Ledger {
        try await Ledger.open(configuration(replica), logger: quietLogger)
    }

    func administration() async throws -> Administration { try await Administration.open(configuration()) }

    /// Makes a key and its secret.
    func key(
        requestsPerMinute: Int64? = nil, budget: Int64? = nil, limits: Limits = [:], expiresAt: Int64? = nil
    ) async throws -> (key: APIKey, secret: String) {
        let administration = try await administration()
        var limits = limits
        if let requestsPerMinute { limits[.requestsPerMinute] = requestsPerMinute }
        if let budget { limits[.spend] = budget }
        let made = try await administration.create(
            .init(account: "acme", name: "test", limits: limits, expiresAt: expiresAt))
        await administration.close()
        return made
    }

    /// Rows, their sum, and where the key's budget stands.
    func books(of key: APIKey) async throws -> Books {
        let administration = try await administration()
        var total = try await administration.usage(UsageQuery(keyID: key.id))[0]
        var rows = try await administration.entries(UsageQuery(keyID: key.id), limit: 1_000_000)
        // An upload may come between the two questions.
        for _ in 0..<100 where total.requests != Int64(rows.count) {
            total = try await administration.usage(UsageQuery(keyID: key.id))[0]
            rows = try await administration.entries(UsageQuery(keyID: key.id), limit: 1_000_000)
        }
        let status = try await administration.key(key.id)
        await administration.close()
        let charged = rows.reduce(0) { $0 + $1.price.rawValue }
        // The daily sums say what the rows say.
        #expect(total.requests == Int64(rows.count))
        #expect(total.price.rawValue == charged)
        let budget = status.limits.first { $0.kind == .spend }
        return Books(
            rows: rows.count, charged: charged, spent: budget?.used ?? charged, leased: budget?.leased ?? 0)
    }

    struct Books: Equatable { var rows: Int, charged: Int64, spent: Int64, leased: Int64 }
}

final class ManualClock: Sendable {
    private let milliseconds: Mutex<Int64>
    init(_ start: Int64 = 1_700_000_000_000) { milliseconds = Mutex(start) }
    var now: @Sendable () -> Int64 { { self.milliseconds.withLock { $0 } } }
    func advance(seconds: Int64) { milliseconds.withLock { $0 += seconds * 1_000 } }
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Waits until something is so.
func eventually(
    within limit: Duration = .seconds(20), _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}

extension Ledger {
    /// Runs the background work for as long as `body` takes; it ends with what is left uploaded.
    func running<R>(_ body: () async throws -> R) async throws -> R {
        let task = Task { try await run() }
        do {
            let result = try await body()
            task.cancel()
            try await task.value
            return result
        } catch {
            task.cancel()
            throw error
        }
    }

    /// Holds and settles one request.
    @discardableResult
    func charge(_ key: APIKey, _ requestID: String, hold: Int64 = 100, price: Int64 = 60) async throws -> Hold {
        let claim = try await self.hold(MicroUnits(hold), for: key, requestID: requestID)
        claim.settle(.fixture(requestID, price: price))
        return claim
    }
}

extension LedgerEntry {
    static func fixture(
        _ requestID: String, price: Int64 = 60, model: String = "model", account: String = "acme", key: String = "",
        startedAt: Int64 = 1_700_000_000_000
    ) -> LedgerEntry {
        LedgerEntry(
            requestID: requestID, account: account, keyID: key, model: model, netuid: 5,
            endpoint: "/v1/chat/completions",
            promptTokens: 7, completionTokens: 11, price: MicroUnits(price), status: 200, isStream: true,
            startedAt: startedAt, finishedAt: startedAt + 250,
            minerHotkey: "5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX")
    }
}

/// The code of the metering error that `body` throws; nil when it throws none.
func meteringCode(_ body: () async throws -> Void) async -> MeteringError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? MeteringError)?.code
    }
}
