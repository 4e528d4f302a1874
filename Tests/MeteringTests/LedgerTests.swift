import Foundation
import Testing

@testable import Metering

@Suite("Ledger", .serialized, .timeLimit(.minutes(5))) struct LedgerTests {
    @Test("tells keys from what is none", arguments: StoreKind.allCases)
    func keys(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let (key, secret) = try await store.key(requestsPerMinute: 60, budget: 1_000)
        let expiring = try await store.key(expiresAt: store.clock.now() + 10_000)
        let ledger = try await store.open()
        #expect(ledger.isReady)
        #expect(try await ledger.key(for: secret) == key)
        #expect(await meteringCode { _ = try await ledger.key(for: "sk-th-nonsense") } == .malformedKey)
        #expect(await meteringCode { _ = try await ledger.key(for: KeySecret.generate()) } == .unknownKey)
        #expect(try await ledger.key(for: expiring.secret) == expiring.key)
        store.clock.advance(seconds: 10)
        #expect(await meteringCode { _ = try await ledger.key(for: expiring.secret) } == .keyExpired)
    }

    @Test("accepts a fixed secret that was brought along, once", arguments: StoreKind.allCases)
    func fixedSecret(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        let made = try await administration.create(.init(account: "a", name: "n", secret: "a-fixed-secret-of-mine"))
        #expect(made.key.lastFour == "mine")
        #expect(try await store.open().key(for: "a-fixed-secret-of-mine").id == made.key.id)
        let again = await meteringCode {
            _ = try await administration.create(.init(account: "b", name: "n", secret: "a-fixed-secret-of-mine"))
        }
        #expect(again == .conflict)
        #expect(try await administration.list().count == 1)
    }

    @Test("writes what was settled into the database, once, and frees the rest", arguments: StoreKind.allCases)
    func settlement(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key(budget: 10_000).key
        let ledger = try await store.open()
        try await ledger.running {
            let hold = try await ledger.charge(key, "request-1", hold: 100, price: 60)
            hold.settle(.fixture("request-1", price: 60))
            hold.release()
            try await ledger.charge(key, "request-2", hold: 100, price: 5_000)
            try await ledger.charge(key, "request-3", hold: 100, price: -5)
            try await ledger.hold(MicroUnits(100), for: key, requestID: "request-4").release()
        }
        #expect(try await store.books(of: key) == .init(rows: 3, charged: 160, spent: 160, leased: 0))
        let entries = try await store.administration().entries(UsageQuery(keyID: key.id))
        #expect(entries.first { $0.requestID == "request-1" } == .fixture("request-1", price: 60, key: key.id))
    }

    @Test("admits a budget's worth over replicas and no more", arguments: StoreKind.allCases)
    func budgetRace(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key(budget: 1_000).key
        let ledgers = [try await store.open("a"), try await store.open("b"), try await store.open("c")]
        let admitted = await withTaskGroup(of: Int.self) { group in
            for number in 0..<240 {
                group.addTask {
                    (try? await ledgers[number % 3].charge(key, "request-\(number)", hold: 100, price: 100)) == nil
                        ? 0 : 1
                }
            }
            return await group.reduce(0, +)
        }
        #expect(admitted == 10)
        for ledger in ledgers { await ledger.shutDown() }
        #expect(try await store.books(of: key) == .init(rows: 10, charged: 1_000, spent: 1_000, leased: 0))
    }

    @Test("admits a limit's requests per window over replicas, exactly", arguments: StoreKind.allCases)
    func rateRace(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key(requestsPerMinute: 60).key
        let ledgers = [try await store.open("a"), try await store.open("b"), try await store.open("c")]
        for window in 0..<3 {
            // Demand is uneven: one replica asks for little.
            let admitted = await withTaskGroup(of: Int.self) { group in
                for number in 0..<200 {
                    let ledger = ledgers[number < 5 ? 0 : 1 + number % 2]
                    group.addTask { (try? await ledger.charge(key, "request-\(window)-\(number)")) == nil ? 0 : 1 }
                }
                return await group.reduce(0, +)
            }
            #expect(admitted == 60)
            store.clock.advance(seconds: 60)
        }
    }

    @Test("says when to come back", arguments: StoreKind.allCases)
    func retryAfter(kind: StoreKind) async throws {
        let store = try TestStore(kind, clock: ManualClock(1_700_000_040_000))
        let key = try await store.key(requestsPerMinute: 2).key
        let ledger = try await store.open()
        store.clock.advance(seconds: 15)
        let first = try await ledger.charge(key, "request-1")
        #expect(first.requests == RateStatus(limit: 2, remaining: 1, resetsAfter: .seconds(45)))
        #expect(try await ledger.charge(key, "request-2").requests?.remaining == 0)
        do {
            try await ledger.charge(key, "request-3")
            Issue.record("admitted past the limit")
        } catch let error as MeteringError {
            #expect(error.code == .rateLimited)
            #expect(error.retryAfter == .seconds(45))
            #expect(error.rate == RateStatus(limit: 2, remaining: 0, resetsAfter: .seconds(45)))
        }
        store.clock.advance(seconds: 45)
        try await ledger.charge(key, "request-4")
    }

    @Test("refuses amounts that are none, and ids that can't be rows", arguments: StoreKind.allCases)
    func badAmounts(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key(budget: 1_000).key
        let ledger = try await store.open()
        for amount in [-1, .min, .max] as [Int64] {
            #expect(await meteringCode { try await ledger.charge(key, "request", hold: amount) } == .amountOutOfRange)
        }
        #expect(await meteringCode { try await ledger.charge(key, "request", hold: 1_001) } == .budgetExhausted)
        #expect(await meteringCode { try await ledger.charge(key, "") } == .invalidRequest)
        #expect(await meteringCode { try await ledger.charge(key, "a\0b") } == .invalidRequest)
        try await ledger.charge(key, "free", hold: 0, price: 0)
        try await ledger.charge(key, "all", hold: 1_000)
    }

    @Test("frees a hold that is dropped")
    func droppedHold() async throws {
        let store = try TestStore(.sqlite)
        let key = try await store.key(budget: 100).key
        let ledger = try await store.open()
        for number in 0..<20 { _ = try await ledger.hold(MicroUnits(100), for: key, requestID: "request-\(number)") }
    }

    @Test("uploads what a killed process left, once, and takes its leases back", arguments: StoreKind.allCases)
    func killed(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key(budget: 100_000).key
        var open: [Hold] = []
        do {
            let ledger = try await store.open()
            for number in 0..<200 { try await ledger.charge(key, "request-\(number)") }
            open.append(try await ledger.hold(MicroUnits(500), for: key, requestID: "never-settled"))
            // Half of it had reached the database, without word of it coming back.
            let batch = try #require(ledger.spool.nextBatch(limit: 100))
            let upload = UsageUpload(records: batch.records, replica: ledger.directory.replica)
            #expect(try await ledger.store.transaction { try upload.run($0) } == 100)
        }
        open.removeAll()
        #expect(try await store.books(of: key).rows == 100)
        let again = try await store.open()
        #expect(try await store.books(of: key) == .init(rows: 200, charged: 12_000, spent: 12_000, leased: 0))
        #expect(again.isReady)
    }

    @Test("refuses a state directory that is in use")
    func sharedStateDirectory() async throws {
        let store = try TestStore(.sqlite)
        let ledger = try await store.open()
        #expect(await meteringCode { _ = try await store.open() } == .stateDirectoryInUse)
        _ = ledger.isReady
    }

    @Test("changes nothing when rows are sent twice", arguments: StoreKind.allCases)
    func duplicates(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key(budget: 10_000).key
        let ledger = try await store.open()
        for number in 0..<90 { try await ledger.charge(key, "request-\(number)") }
        let batch = try #require(ledger.spool.nextBatch(limit: 1_000))
        let upload = UsageUpload(records: batch.records + batch.records, replica: ledger.directory.replica)
        #expect(try await ledger.store.transaction { try upload.run($0) } == 90)
        #expect(try await ledger.store.transaction { try upload.run($0) } == 0)
        await ledger.shutDown()
        #expect(try await store.books(of: key) == .init(rows: 90, charged: 5_400, spent: 5_400, leased: 0))
    }

    @Test("sees a revocation within a second on every replica", arguments: StoreKind.allCases)
    func revocation(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let (key, secret) = try await store.key()
        let (a, b) = (try await store.open("a"), try await store.open("b"))
        let administration = try await store.administration()
        try await a.running {
            try await b.running {
                for ledger in [a, b] { _ = try await ledger.key(for: secret) }
                try await administration.revoke(key.id)
                for ledger in [a, b] {
                    try await eventually(within: .seconds(1), "a replica still accepts the revoked key") {
                        await meteringCode { _ = try await ledger.key(for: secret) } == .keyRevoked
                    }
                }
            }
        }
        #expect(await meteringCode { try await administration.revoke("key_none") } == .notFound)
        #expect(try await administration.list().map { $0.key.revokedAt != nil } == [true])
    }

    @Test("finds a key made after it was asked for", arguments: StoreKind.allCases)
    func lateKey(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let ledger = try await store.open()
        let administration = try await store.administration()
        try await ledger.running {
            #expect(await meteringCode { _ = try await ledger.key(for: "a-key-made-later") } == .unknownKey)
            _ = try await administration.create(.init(account: "a", name: "n", secret: "a-key-made-later"))
            try await eventually(within: .seconds(2), "the new key stays unknown") {
                (try? await ledger.key(for: "a-key-made-later")) != nil
            }
        }
    }

    @Test("gives back what it does not use when another replica needs it", arguments: StoreKind.allCases)
    func recall(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key(budget: 1_600).key
        let (a, b) = (try await store.open("a"), try await store.open("b"))
        try await a.running {
            try await a.charge(key, "first", hold: 10, price: 10)
            // `a` holds a slice of 100; only with its rest can `b` cover this.
            try await eventually("the idle lease was not given back") {
                store.clock.advance(seconds: 2)
                return (try? await b.charge(key, "second", hold: 1_590, price: 1_590)) != nil
            }
        }
        await b.shutDown()
        #expect(try await store.books(of: key) == .init(rows: 2, charged: 1_600, spent: 1_600, leased: 0))
    }

    @Test(
        "of a dead replica gives its leases back, and waives what its late usage can't be paid for",
        arguments: StoreKind.allCases)
    func reaping(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key(budget: 1_000).key
        do {
            let dead = try await store.open("dead")
            try await dead.charge(key, "late-1", hold: 600, price: 600)
        }
        let b = try await store.open("b")
        #expect(await meteringCode { try await b.charge(key, "request-1", hold: 900, price: 900) } == .budgetExhausted)
        store.clock.advance(seconds: 90_000)
        try await b.running {
            try await eventually("the dead replica's lease was kept") {
                store.clock.advance(seconds: 2)
                return (try? await b.charge(key, "request-2", hold: 900, price: 900)) != nil
            }
        }
        #expect(try await store.books(of: key) == .init(rows: 1, charged: 900, spent: 900, leased: 0))
        _ = try await store.open("dead")
        #expect(try await store.books(of: key) == .init(rows: 2, charged: 1_000, spent: 1_000, leased: 0))
    }

    @Test("does not touch a database that a newer binary has migrated", arguments: StoreKind.allCases)
    func newerSchema(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let ledger = try await store.open()
        try await ledger.store.transaction {
            _ = try $0.execute("INSERT INTO schema_version (version, applied_at) VALUES ($1, 0)", [.integer(999)])
        }
        #expect(await meteringCode { _ = try await store.open("b") } == .schemaTooNew)
        #expect(await meteringCode { _ = try await store.administration() } == .schemaTooNew)
    }

    @Test("migrates once when replicas start together", arguments: StoreKind.allCases)
    func migrationRace(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        try await withThrowingTaskGroup(of: Ledger.self) { group in
            for number in 0..<6 { group.addTask { try await store.open("r\(number)") } }
            for try await ledger in group { #expect(ledger.isReady) }
        }
    }

    @Test("keeps checks in the database that no statement gets past", arguments: StoreKind.allCases)
    func constraints(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key(budget: 100).key
        let ledger = try await store.open()
        try await ledger.charge(key, "request", price: 0)
        await ledger.shutDown()
        for change in [
            "used = 101", "leased = 101", "used = 60, leased = 60", "used = -1", "leased = -1", "target = -1",
        ] {
            let code = await meteringCode {
                _ = try await ledger.transaction {
                    try $0.execute("UPDATE allowances SET \(change) WHERE subject = $1", [.text("key:" + key.id)])
                }
            }
            #expect(code == .storeRefused, "\(change)")
        }
    }

    @Test("lives on for the others while its usage is refused", arguments: StoreKind.allCases)
    func refusedUploads(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key().key
        let ledger = try await store.open()
        try await ledger.store.transaction { try $0.execute("ALTER TABLE usage_daily RENAME TO elsewhere") }
        try await ledger.charge(key, "request")
        store.clock.advance(seconds: 50)
        try await ledger.running {
            try await eventually(within: .seconds(5), "it was not heard of") {
                let seen = try await ledger.store.transaction { try ReplicaQueries.sightings($0) }
                return Array(seen.values) == [store.clock.now()]
            }
            try await ledger.store.transaction { try $0.execute("ALTER TABLE elsewhere RENAME TO usage_daily") }
            try await eventually("usage was not uploaded") { try await store.books(of: key).rows == 1 }
        }
    }

    @Test("adds usage up by key, model and day", arguments: StoreKind.allCases)
    func usage(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let (one, two) = (try await store.key().key, try await store.key().key)
        let ledger = try await store.open()
        let day: Int64 = 86_400_000
        for (number, (key, model, start)) in [
            (one, "m1", 10 * day), (one, "m1", 11 * day - 1), (one, "m2", 11 * day), (two, "m1", 10 * day),
        ].enumerated() {
            let hold = try await ledger.hold(MicroUnits(100), for: key, requestID: "request-\(number)")
            hold.settle(.fixture("request-\(number)", price: 10, model: model, startedAt: start))
        }
        await ledger.shutDown()
        let administration = try await store.administration()
        let byModel = try await administration.usage(UsageQuery(groupedBy: [.key, .model, .day], keyID: one.id))
        #expect(
            byModel.map { "\($0.model ?? "") \($0.day ?? 0) \($0.requests) \($0.price.rawValue)" } == [
                "m1 10 2 20", "m2 11 1 10",
            ])
        let all = try await administration.usage(UsageQuery(from: 10 * day, until: 11 * day))
        #expect(all.map(\.requests) == [3])
        #expect(all.map(\.promptTokens) == [21])
        #expect(try await administration.usage(UsageQuery(model: "m9")).map(\.price) == [.zero])
        #expect(
            try await administration.entries(UsageQuery(), limit: 2).map(\.requestID) == ["request-2", "request-1"])
    }
}
