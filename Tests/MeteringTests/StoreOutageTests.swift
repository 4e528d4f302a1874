import Foundation
import Logging
import Synchronization
import Testing

@testable import Metering

/// What happens while PostgreSQL is away. Each test has a server of its own to stop.
@Suite("Ledger without its database", .serialized, .timeLimit(.minutes(5))) struct StoreOutageTests {
    private final class LogLines: LogHandler, Sendable {
        private let lines = Mutex<[(Logger.Level, String)]>([])
        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }
        func log(event: LogEvent) { lines.withLock { $0.append((event.level, "\(event.message)")) } }
        func count(_ level: Logger.Level, _ text: String) -> Int {
            lines.withLock { $0.filter { $0.0 == level && $0.1.contains(text) }.count }
        }
    }

    private final class Lock: Sendable {
        let isHeld = Atomic(false)
        let isOver = Atomic(false)
    }

    private final class Load: Sendable {
        let answered = Mutex(0)
        let isOn = Atomic(true)
    }

    @Test("serves known keys from its leases, spools, and uploads when it is back")
    func inFlight() async throws {
        let server = try PostgresServer()
        let store = try TestStore(.postgres, server: server)
        let (key, secret) = try await store.key(requestsPerMinute: 600, budget: 1_000_000)
        let unknown = try await store.key().secret
        let log = LogLines()
        let ledger = try await Ledger.open(store.configuration(), logger: Logger(label: "test") { _ in log })
        try await ledger.running {
            #expect(try await ledger.key(for: secret) == key)
            try await ledger.charge(key, "before")
            server.stop()
            try await eventually("the outage went unnoticed") { !ledger.isReady }
            for number in 0..<50 {
                #expect(try await ledger.key(for: secret) == key)
                try await ledger.charge(key, "during-\(number)")
            }
            #expect(await meteringCode { _ = try await ledger.key(for: unknown) } == .storeUnavailable)
            #expect(await meteringCode { try await ledger.charge(key, "large", hold: 900_000) } == .storeUnavailable)
            try server.start()
            try await eventually("the ledger did not recover") { ledger.isReady }
            try await ledger.charge(key, "large", hold: 900_000, price: 1)
            _ = try await ledger.key(for: unknown)
            try await eventually("usage was not uploaded") { try await store.books(of: key).rows == 52 }
        }
        #expect(try await store.books(of: key) == .init(rows: 52, charged: 3_061, spent: 3_061, leased: 0))
        #expect(log.count(.warning, "away") == 1)
        #expect(log.count(.info, "back") == 1)
        server.stop()
    }

    @Test("writes the ends of named requests once it is back")
    func namedRequests() async throws {
        let server = try PostgresServer()
        let store = try TestStore(.postgres, server: server)
        let (key, secret) = try await store.key()
        let ledger = try await store.open()
        func begin(_ text: String, _ requestID: String) async throws -> IdempotentStart {
            let name = try #require(IdempotencyKey(text, of: key, secret: secret))
            return try await ledger.begin(name, content: [1], requestID: requestID, lifetime: .seconds(3_600))
        }
        try await ledger.running {
            _ = try await begin("kept", "r1")
            _ = try await begin("forgotten", "r2")
            server.stop()
            await ledger.keep([7], of: try #require(IdempotencyKey("kept", of: key, secret: secret)), requestID: "r1")
            await ledger.forget(
                try #require(IdempotencyKey("forgotten", of: key, secret: secret)), requestID: "r2")
            #expect(await meteringCode { _ = try await begin("refused", "r3") } == .storeUnavailable)
            try server.start()
            try await eventually("an answer was not kept") {
                (try? await begin("kept", "r4")) == .answered([7], requestID: "r1")
            }
            try await eventually("a failure was not forgotten") {
                guard case .run(let id, _)? = try? await begin("forgotten", "r5") else { return false }
                return id == "r5"
            }
            guard case .run(let id, _) = try await begin("refused", "r6"), id == "r6" else {
                Issue.record("it is said to have run")
                return
            }
        }
        server.stop()
    }

    @Test("is not held up by long questions, nor taken for away by them")
    func questions() async throws {
        let server = try PostgresServer()
        let store = try TestStore(.postgres, server: server)
        let (key, secret) = try await store.key()
        let others = try await store.key(budget: 1_000)
        var configuration = store.configuration()
        configuration.statementTimeout = .seconds(2)
        configuration.connectTimeout = .seconds(2)
        let ledger = try await Ledger.open(configuration, logger: quietLogger)
        let locker = try Stores.open(store.configuration())
        let lock = Lock()
        async let locking: Void = locker.transaction { session in
            try session.execute("LOCK TABLE usage IN ACCESS EXCLUSIVE MODE")
            lock.isHeld.store(true, ordering: .releasing)
            while !lock.isOver.load(ordering: .acquiring) { usleep(10_000) }
        }
        try await eventually("no lock") { lock.isHeld.load(ordering: .acquiring) }
        await withTaskGroup(of: MeteringError.Code?.self) { group in
            for _ in 0..<24 {
                group.addTask {
                    await meteringCode {
                        // Not whole days, so that the rows are read, which are locked.
                        _ = try await ledger.usage(UsageQuery(keyID: key.id, from: 1), try PageRequest())
                    }
                }
            }
            try? await Task.sleep(for: .milliseconds(200))
            let start = ContinuousClock.now
            #expect(await meteringCode { _ = try await ledger.key(for: secret) } == nil)
            #expect(
                await meteringCode {
                    try await ledger.hold(MicroUnits(1), for: others.key, requestID: "request").release()
                } == nil)
            #expect(ContinuousClock.now - start < .seconds(2), "an admission waited for questions")
            for await code in group { #expect(code == .storeUnavailable) }
        }
        #expect(ledger.health.isAvailable)
        lock.isOver.store(true, ordering: .releasing)
        try await locking
        await locker.close()
        await ledger.shutDown()
        server.stop()
    }

    @Test("starts without it and becomes ready when it comes")
    func absentAtStart() async throws {
        let server = try PostgresServer()
        let store = try TestStore(.postgres, server: server)
        let (key, secret) = try await store.key(budget: 1_000)
        do {
            let ledger = try await store.open()
            try await ledger.charge(key, "left-behind")
        }
        server.stop()
        let ledger = try await store.open()
        #expect(!ledger.isReady)
        #expect(await meteringCode { _ = try await ledger.key(for: secret) } == .storeUnavailable)
        #expect(await meteringCode { try await ledger.charge(key, "request") } == .storeUnavailable)
        try await ledger.running {
            try server.start()
            try await eventually("the ledger did not become ready") { ledger.isReady }
            #expect(try await ledger.key(for: secret) == key)
            try await ledger.charge(key, "request")
        }
        #expect(try await store.books(of: key) == .init(rows: 2, charged: 120, spent: 120, leased: 0))
        server.stop()
    }

    @Test("administers it as soon as it is there, without another start")
    func attached() async throws {
        let server = try PostgresServer()
        let store = try TestStore(.postgres, server: server)
        server.stop()
        let administration = try Administration.attach(store.configuration(), actor: "admin")
        #expect(await meteringCode { _ = try await administration.accounts() } == .storeUnavailable)
        try server.start()
        // There, and not yet migrated: that is the ledger's to do.
        #expect(await meteringCode { _ = try await administration.accounts() } == .storeRefused)
        let ledger = try await store.open()
        _ = try await administration.createAccount("acme")
        server.stop()
        #expect(await meteringCode { _ = try await administration.account("none") } == .storeUnavailable)
        try server.start()
        #expect(await meteringCode { _ = try await administration.account("none") } == .notFound)
        #expect(try await administration.audit().map(\.actor) == ["admin"])
        await administration.close()
        await ledger.shutDown()
        server.stop()
    }

    @Test("loses and doubles nothing while the server crashes under load")
    func crashes() async throws {
        let server = try PostgresServer()
        let store = try TestStore(.postgres, server: server)
        let key = try await store.key(budget: 10_000_000).key
        let (a, b) = (try await store.open("a"), try await store.open("b"))
        let load = Load()
        try await a.running {
            try await b.running {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (worker, ledger) in [a, b, a, b].enumerated() {
                        group.addTask {
                            var number = 0
                            while load.isOn.load(ordering: .relaxed) {
                                number += 1
                                if (try? await ledger.charge(key, "w\(worker)-\(number)", hold: 40, price: 7)) != nil {
                                    load.answered.withLock { $0 += 1 }
                                }
                                try await Task.sleep(for: .microseconds(500))
                            }
                        }
                    }
                    for round in 1...4 {
                        try await eventually("no requests were answered") {
                            load.answered.withLock { $0 } > round * 100
                        }
                        server.stop()
                        try server.start()
                        try await eventually("a replica did not recover") { a.isReady && b.isReady }
                    }
                    load.isOn.store(false, ordering: .relaxed)
                    try await group.waitForAll()
                }
            }
        }
        let count = load.answered.withLock { $0 }
        #expect(
            try await store.books(of: key)
                == .init(rows: count, charged: Int64(count) * 7, spent: Int64(count) * 7, leased: 0))
        server.stop()
    }

    @Test("keeps a replica to its share of a limit while no window can be leased")
    func rateShare() async throws {
        let server = try PostgresServer()
        let store = try TestStore(.postgres, server: server)
        let key = try await store.key(requestsPerMinute: 60).key
        let ledgers = [try await store.open("a"), try await store.open("b"), try await store.open("c")]
        server.stop()
        store.clock.advance(seconds: 60)
        var admitted = 0
        for ledger in ledgers {
            for number in 0..<60 where (try? await ledger.charge(key, "request-\(number)")) != nil { admitted += 1 }
        }
        // The first who notices opened before the others were there, so knows of fewer.
        #expect(admitted <= 60 + 30 + 20)
        #expect(admitted > 0)
    }
}
