import Testing

@testable import Metering

@Suite("Limits of keys and accounts", .serialized, .timeLimit(.minutes(5))) struct LimitTests {
    private static let noon: Int64 = 1_700_049_600_000

    @Test("hold over all replicas, whatever they count", arguments: StoreKind.allCases)
    func race(kind: StoreKind) async throws {
        for (limit, ceiling, tokens, expected) in [
            (.requestsPerDay, 25, 0, 25), (.tokensPerMinute, 1_000, 100, 10), (.tokensPerDay, 1_050, 100, 10),
            (.spendPerDay, 1_000, 0, 10), (.spendPerMonth, 1_099, 0, 10), (.concurrentRequests, 12, 0, 12),
        ] as [(LimitKind, Int64, Int, Int)] {
            let store = try TestStore(kind, clock: ManualClock(Self.noon))
            let key = try await store.key(limits: [limit: ceiling]).key
            let ledgers = [try await store.open("a"), try await store.open("b"), try await store.open("c")]
            let holds = await withTaskGroup(of: Hold?.self) { group in
                for number in 0..<150 {
                    group.addTask {
                        try? await ledgers[number % 3].hold(
                            MicroUnits(100), tokens: tokens, for: key, requestID: "request-\(number)")
                    }
                }
                return await group.reduce(into: [Hold]()) { if let hold = $1 { $0.append(hold) } }
            }
            #expect(holds.count == expected, "\(limit)")
            for hold in holds { hold.settle(.fixture(hold.requestID, price: 100, startedAt: Self.noon)) }
            for ledger in ledgers { await ledger.shutDown() }
            let standing = try await store.administration().key(key.id).limits
            #expect(standing.map(\.leased).allSatisfy { $0 == 0 }, "\(limit)")
            #expect(standing.allSatisfy { $0.used <= ceiling }, "\(limit)")
        }
    }

    @Test("of an account hold over all its keys", arguments: StoreKind.allCases)
    func account(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        var change = Administration.AccountChange()
        change.limits = [.spend: 1_000]
        _ = try await administration.createAccount("acme", change)
        let keys = [try await store.key(budget: 700).key, try await store.key().key]
        let ledger = try await store.open()
        for number in 0..<7 { try await ledger.charge(keys[0], "a-\(number)", hold: 100, price: 100) }
        let refused = await meteringError { try await ledger.charge(keys[0], "a-7", hold: 100) }
        #expect(refused?.limit == .spend)
        for number in 0..<3 { try await ledger.charge(keys[1], "b-\(number)", hold: 100, price: 100) }
        #expect(await meteringCode { try await ledger.charge(keys[1], "b-3", hold: 100) } == .budgetExhausted)
        await ledger.shutDown()
        let account = try await administration.account("acme")
        #expect(account.spent == MicroUnits(1_000))
        #expect(account.standing.map(\.used) == [1_000])
        #expect(account.standing.map(\.leased) == [0])
    }

    @Test("follow a change within a second, and never forget what was used", arguments: StoreKind.allCases)
    func change(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key().key
        let administration = try await store.administration()
        let ledgers = [try await store.open("a"), try await store.open("b")]
        try await ledgers[0].running {
            try await ledgers[1].running {
                for number in 0..<5 { try await ledgers[0].charge(key, "before-\(number)", hold: 100, price: 100) }
                try await eventually("usage was not uploaded") { try await store.books(of: key).rows == 5 }
                var change = Administration.KeyChange()
                change.limits = [.spend: 700]
                let limited = try await administration.update(key.id, change)
                // The next requests come with the key's record as it is now.
                try await ledgers[1].charge(limited, "after-1", hold: 100, price: 100)
                try await ledgers[0].charge(limited, "after-2", hold: 100, price: 100)
                for ledger in ledgers {
                    #expect(
                        await meteringCode { try await ledger.charge(limited, "no", hold: 100) } == .budgetExhausted)
                }
                change.limits = [.spend: 100]
                let lower = try await administration.update(key.id, change)
                #expect(await meteringCode { try await ledgers[0].charge(lower, "no", hold: 1) } == .budgetExhausted)
                change.limits = [.spend: nil]
                let free = try await administration.update(key.id, change)
                try await ledgers[0].charge(free, "unlimited", hold: 1_000_000, price: 5)
            }
        }
        #expect(try await store.books(of: key).charged == 705)
    }

    @Test("that were lowered hold within a second, whatever replicas had reserved", arguments: StoreKind.allCases)
    func lowered(kind: StoreKind) async throws {
        for kindOfLimit in [LimitKind.spend, .spendPerDay, .tokensPerDay, .requestsPerDay] {
            let store = try TestStore(kind)
            let (key, secret) = try await store.key(limits: [kindOfLimit: 1_000_000])
            let ledgers = [try await store.open("a"), try await store.open("b")]
            try await ledgers[0].running {
                try await ledgers[1].running {
                    // Each has a slice of the large limit now.
                    for (number, ledger) in ledgers.enumerated() {
                        let hold = try await ledger.hold(
                            MicroUnits(100), tokens: 100, for: try await ledger.key(for: secret),
                            requestID: "before-\(number)")
                        hold.settle(.fixture(hold.requestID, price: 0))
                    }
                    var change = Administration.KeyChange()
                    change.limits = [kindOfLimit: 2]
                    _ = try await store.administration().update(key.id, change)
                    try await eventually(within: .seconds(2), "the limit was not heard of") {
                        for ledger in ledgers where try await ledger.key(for: secret).limits[kindOfLimit] != 2 {
                            return false
                        }
                        return try await store.administration().key(key.id).limits.allSatisfy { $0.leased == 0 }
                    }
                    for ledger in ledgers {
                        let key = try await ledger.key(for: secret)
                        let error = await meteringError {
                            _ = try await ledger.hold(MicroUnits(100), tokens: 100, for: key, requestID: "after")
                        }
                        #expect(error?.limit == kindOfLimit)
                    }
                }
            }
        }
    }

    @Test("that were lifted and set again are not admitted from what was leased before", arguments: StoreKind.allCases)
    func setAgain(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let (key, secret) = try await store.key(budget: 1_000_000)
        let ledger = try await store.open()
        try await ledger.charge(key, "before", hold: 100, price: 0)
        let administration = try await store.administration()
        for budget in [nil, 50_000] as [Int64?] {
            var change = Administration.KeyChange()
            change.limits = [.spend: budget]
            _ = try await administration.update(key.id, change)
        }
        try await ledger.running {
            try await eventually(within: .seconds(2), "more was admitted than the budget has") {
                let limited = try await ledger.key(for: secret)
                guard limited.budget == MicroUnits(50_000) else { return false }
                return await meteringCode {
                    try await ledger.hold(MicroUnits(50_001), for: limited, requestID: "after").release()
                } == .budgetExhausted
            }
            try await ledger.charge(try await ledger.key(for: secret), "fits", hold: 50_000, price: 50_000)
        }
        #expect(try await store.books(of: key) == .init(rows: 2, charged: 50_000, spent: 50_000, leased: 0))
        await administration.close()
    }

    @Test("begin anew with each day and month", arguments: StoreKind.allCases)
    func windows(kind: StoreKind) async throws {
        let store = try TestStore(kind, clock: ManualClock(Self.noon))
        let key = try await store.key(limits: [.requestsPerDay: 2, .spendPerMonth: 500]).key
        let ledger = try await store.open()
        for day in 0..<2 {
            for number in 0..<2 { try await ledger.charge(key, "\(day)-\(number)", hold: 100, price: 100) }
            let error = await meteringError { try await ledger.charge(key, "no", hold: 100) }
            #expect(error?.limit == .requestsPerDay)
            #expect(error?.retryAfter == .seconds(43_200 + (day == 0 ? 0 : 0)))
            store.clock.advance(seconds: 86_400)
        }
        try await ledger.charge(key, "last", hold: 100, price: 100)
        #expect(await meteringError { try await ledger.charge(key, "no", hold: 100) }?.limit == .spendPerMonth)
        store.clock.advance(seconds: 30 * 86_400)
        try await ledger.charge(key, "next month", hold: 100, price: 100)
        await ledger.shutDown()
    }

    @Test("give back tokens and slots that were not used", arguments: StoreKind.allCases)
    func unused(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key(limits: [.tokensPerMinute: 1_000, .concurrentRequests: 2]).key
        let ledger = try await store.open()
        // The fixture's 18 tokens are what is delivered of 600.
        for number in 0..<20 {
            let hold = try await ledger.hold(MicroUnits(1), tokens: 600, for: key, requestID: "request-\(number)")
            #expect(hold.tokens?.limit == 1_000)
            hold.settle(.fixture(hold.requestID))
        }
        let open = [
            try await ledger.hold(.zero, tokens: 10, for: key, requestID: "open-1"),
            try await ledger.hold(.zero, tokens: 10, for: key, requestID: "open-2"),
        ]
        let busy = await meteringError { _ = try await ledger.hold(.zero, tokens: 10, for: key, requestID: "open-3") }
        #expect(busy?.limit == .concurrentRequests)
        #expect(busy?.retryAfter == .seconds(1))
        open[0].release()
        _ = try await ledger.hold(.zero, tokens: 10, for: key, requestID: "open-4")
        let large = await meteringError { _ = try await ledger.hold(.zero, tokens: 1_001, for: key, requestID: "big") }
        #expect(large?.limit == .tokensPerMinute)
        open[1].release()
    }

    @Test("pay from the free quota first, then from credit", arguments: StoreKind.allCases)
    func credit(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        var change = Administration.AccountChange()
        change.limits = [.freeSpendPerMonth: 250]
        _ = try await administration.createAccount("acme", change)
        let ledger = try await store.open()
        #expect(try await administration.topUp("acme", by: MicroUnits(300), id: "payment-1", reason: "card"))
        #expect(try await !administration.topUp("acme", by: MicroUnits(300), id: "payment-1", reason: "card"))
        let other = await meteringCode { try await administration.topUp("acme", by: MicroUnits(1), id: "payment-1") }
        #expect(other == .conflict)
        let key = try await store.key().key
        for number in 0..<5 {
            let hold = try await ledger.hold(MicroUnits(100), for: key, requestID: "request-\(number)")
            #expect(hold.isFree == (number < 2))
            hold.settle(.fixture(hold.requestID, price: 100))
        }
        #expect(await meteringError { try await ledger.charge(key, "no", hold: 100) }?.limit == .credit)
        await ledger.shutDown()
        let account = try await administration.account("acme")
        #expect(account.spent == MicroUnits(300))
        #expect(account.creditLeft == .zero)
        let total = try await administration.usage(UsageQuery(account: "acme"))[0]
        #expect((total.price, total.waived) == (MicroUnits(300), MicroUnits(200)))
        #expect(
            await meteringCode { try await administration.topUp("acme", by: MicroUnits(-1), id: "x") }
                == .amountOutOfRange)
        #expect(await meteringCode { try await administration.topUp("none", by: MicroUnits(1), id: "y") } == .notFound)
        try await administration.topUp("acme", by: MicroUnits(50), id: "payment-2")
        try await administration.topUp("acme", by: MicroUnits(-20), id: "refund-1")
        #expect(try await administration.account("acme").creditLeft == MicroUnits(30))
        #expect(
            try await administration.credits(of: "acme", PageRequest()).items.map(\.amount.rawValue).sorted() == [
                -20, 50, 300,
            ])
    }

    @Test("come from the account's plan where it has none of its own", arguments: StoreKind.allCases)
    func plan(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        try await administration.setPlan(Plan(id: "basic", limits: [.requestsPerMinute: 2], marginBasisPoints: 500))
        var change = Administration.AccountChange()
        change.plan = "basic"
        _ = try await administration.createAccount("acme", change)
        let made = try await store.key()
        #expect(made.key.accountLimits == [.requestsPerMinute: 2])
        #expect(made.key.marginBasisPoints == 500)
        let ledger = try await store.open()
        try await ledger.running {
            for number in 0..<2 { try await ledger.charge(made.key, "request-\(number)") }
            #expect(await meteringCode { try await ledger.charge(made.key, "request-2") } == .rateLimited)
            try await administration.setPlan(Plan(id: "basic", limits: [.requestsPerMinute: 3]))
            try await eventually(within: .seconds(2), "the plan's change did not arrive") {
                try await ledger.key(for: made.secret).accountLimits == [.requestsPerMinute: 3]
            }
            try await ledger.charge(try await ledger.key(for: made.secret), "request-3")
        }
        change.plan = "none"
        #expect(await meteringCode { _ = try await administration.updateAccount("acme", change) } == .notFound)
        #expect(try await administration.plans().map(\.id) == ["basic"])
    }

    @Test("of a dead replica's slots are free again before its money is", arguments: StoreKind.allCases)
    func deadSlots(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key(budget: 1_000, limits: [.concurrentRequests: 1]).key
        do {
            let dead = try await store.open("dead")
            let hold = try await dead.hold(MicroUnits(100), for: key, requestID: "request")
            withExtendedLifetime(hold) {}
        }
        let ledger = try await store.open("b")
        store.clock.advance(seconds: 100)
        try await ledger.running {
            try await eventually("the dead replica keeps the slot") {
                store.clock.advance(seconds: 2)
                return (try? await ledger.charge(key, "request-2", hold: 10, price: 10)) != nil
            }
        }
    }

    @Test("keep a living replica's slots, whatever its clock says", arguments: StoreKind.allCases)
    func skewedSlots(kind: StoreKind) async throws {
        for hours in [-1, 1] as [Int64] {
            let store = try TestStore(kind)
            let key = try await store.key(limits: [.concurrentRequests: 1]).key
            let ledger = try await store.open("right")
            var configuration = store.configuration("wrong")
            configuration.now = { store.clock.now() + hours * 3_600_000 }
            let skewed = try await Ledger.open(configuration, logger: quietLogger)
            let open = try await skewed.hold(.zero, for: key, requestID: "open")
            try await ledger.reap()
            try await skewed.reap()
            #expect(await meteringCode { try await ledger.charge(key, "second") } == .rateLimited)
            // Silent indeed from here on.
            try await ledger.reap()
            store.clock.advance(seconds: 100)
            try await ledger.reap()
            try await ledger.charge(key, "third")
            withExtendedLifetime(open) {}
            for ledger in [ledger, skewed] { await ledger.shutDown() }
        }
    }
}

/// The metering error that `body` throws; nil when it throws none.
func meteringError(_ body: () async throws -> Void) async -> MeteringError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? MeteringError
    }
}
