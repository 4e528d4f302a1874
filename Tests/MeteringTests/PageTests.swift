import Testing

@testable import Metering

@Suite("Pages", .serialized, .timeLimit(.minutes(5))) struct PageTests {
    /// Everything, in pages of `limit`.
    private func all<Item>(
        _ limit: Int, _ read: (PageRequest) async throws -> Page<Item>
    ) async throws -> (items: [Item], pages: Int) {
        var items: [Item] = []
        var pages = 0
        var after: PageCursor?
        repeat {
            let page = try await read(PageRequest(limit: limit, after: after))
            #expect(page.items.count <= limit)
            items += page.items
            pages += 1
            // As it comes back from whoever was given it.
            after = try page.next.map { try PageCursor(text: $0.text) }
        } while after != nil
        return (items, pages)
    }

    @Test("of accounts, keys and plans hold each once, in order", arguments: StoreKind.allCases)
    func subjects(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        let ids = (0..<7).map { "account-\($0)" }
        for id in ids.shuffled() {
            _ = try await administration.createAccount(id)
            try await administration.createPlan(Plan(id: id, limits: [.spendPerDay: 5]))
            for name in ["one", "two"] {
                _ = try await administration.create(.init(account: id, name: name))
                if name == "one" { store.clock.advance(seconds: 1) }
            }
        }
        let accounts = try await all(3) { try await administration.accounts($0) }
        #expect(accounts.items.map(\.id) == ids && accounts.pages == 3)
        let exact = try await all(7) { try await administration.accounts($0) }
        #expect(exact.items.count == 7 && exact.pages == 1)
        let plans = try await all(2) { try await administration.plans($0) }
        #expect(plans.items.map(\.id) == ids && plans.items.allSatisfy { $0.limits == [.spendPerDay: 5] })
        let keys = try await all(4) { try await administration.keys($0) }
        #expect(try await keys.items == administration.list() && keys.pages == 4)
        let own = try await all(1) { try await administration.keys(of: "account-3", $0) }
        #expect(try await own.items == administration.list(account: "account-3") && own.items.count == 2)
    }

    @Test("of credits come latest first, also within one millisecond", arguments: StoreKind.allCases)
    func credits(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        _ = try await administration.createAccount("acme")
        for number in 0..<6 {
            try await administration.topUp("acme", by: MicroUnits(5), id: "payment-\(number)", reason: "card")
            if number % 3 == 2 { store.clock.advance(seconds: 1) }
        }
        let credits = try await all(2) { try await administration.credits(of: "acme", $0) }
        #expect(credits.items.map(\.id) == (0..<6).reversed().map { "payment-\($0)" })
        #expect(try await administration.credit("payment-3").amount == MicroUnits(5))
        #expect(await meteringCode { _ = try await administration.credit("payment-9") } == .notFound)
        #expect(await meteringCode { _ = try await administration.credits(of: "none", PageRequest()) } == .notFound)
    }

    @Test("of prices: what is in force, and one model's in time", arguments: StoreKind.allCases)
    func prices(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        let now = store.clock.now()
        for model in ["c", "a", "b/large"] {
            for step in 0..<3 as Range<Int64> {
                _ = try await administration.setPrice(
                    of: model, to: Price(perRequest: MicroUnits(step)), startsAt: now + step * 60_000)
            }
        }
        _ = try await administration.setPrice(of: "later", to: .free, startsAt: now + 1)
        func inForce() async throws -> [PriceBook.Entry] {
            try await all(2) { try await administration.prices($0) }.items
        }
        #expect(try await inForce().map(\.model) == ["a", "b/large", "c"])
        #expect(try await inForce().allSatisfy { $0.price.perRequest == .zero })
        store.clock.advance(seconds: 60)
        #expect(try await inForce().map(\.model) == ["a", "b/large", "c", "later"])
        #expect(try await inForce().dropLast().allSatisfy { $0.price.perRequest == MicroUnits(1) })
        let history = try await all(2) { try await administration.priceHistory(of: "b/large", $0) }
        #expect(history.items.map(\.price.perRequest.rawValue) == [0, 1, 2])
        #expect(await meteringCode { _ = try await administration.priceHistory(of: "x", PageRequest()) } == .notFound)
    }

    @Test("of usage hold each line once, whatever it is grouped by", arguments: StoreKind.allCases)
    func usage(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        let now = store.clock.now()
        try await administration.upload(
            (0..<60).map { number in
                .fixture(
                    "request-\(number)", price: Int64(number), model: "model-\(number % 3)",
                    account: "account-\(number % 5)", key: "key-\(number % 10)",
                    startedAt: now - Int64(number % 4) * Period.dayLength)
            })
        for groupings in [[.key], [.account, .model], [.day], [.day, .model, .key, .account], []]
            as [[UsageQuery.Grouping]]
        {
            // Whole days by their sums, and parts of days by their rows.
            for from in [nil, now - 2 * Period.dayLength - 1] {
                let query = UsageQuery(groupedBy: groupings, from: from)
                let whole = try await administration.usage(query)
                let paged = try await all(7) { try await administration.usage(query, $0) }
                #expect(paged.items == whole)
                #expect(whole.reduce(0) { $0 + $1.requests } == (from == nil ? 60 : 45))
            }
        }
    }

    @Test("of the audit log go on where the last ended", arguments: StoreKind.allCases)
    func audit(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        for number in 0..<5 { _ = try await administration.createAccount("account-\(number)") }
        let records = try await all(2) { try await administration.audit($0) }
        #expect(records.items.map(\.record.sequence) == [1, 2, 3, 4, 5])
        #expect(records.items.last?.hash == (try await administration.verifyAudit().last))
    }

    @Test("refuse limits out of range and cursors of another list", arguments: StoreKind.allCases)
    func refusals(kind: StoreKind) async throws {
        for limit in [0, -1, 1_001, .max, .min] {
            #expect(throws: MeteringError.self) { try PageRequest(limit: limit) }
        }
        for text in ["x", "zz", "ff", "00", String(repeating: "61", count: 5_000)] {
            #expect(throws: MeteringError.self) { try PageCursor(text: text) }
        }
        let administration = try await TestStore(kind).administration()
        for fields in [["a"], ["a", "b"], ["1", "b", "c"], []] as [[String]] {
            let page = try PageRequest(after: PageCursor(text: PageCursor(fields).text))
            #expect(await meteringCode { _ = try await administration.keys(page) } == .invalidRequest)
        }
        let wrong = try PageRequest(after: PageCursor(["a", "not a day"]))
        let query = UsageQuery(groupedBy: [.account, .day])
        #expect(await meteringCode { _ = try await administration.usage(query, wrong) } == .invalidRequest)
        let negative = try PageRequest(after: PageCursor(["\(Int64.max)"]))
        #expect(await meteringCode { _ = try await administration.audit(negative) } == .invalidRequest)
    }

    @Test("what does not go with what is there is a conflict", arguments: StoreKind.allCases)
    func conflicts(kind: StoreKind) async throws {
        let administration = try await TestStore(kind).administration()
        _ = try await administration.createAccount("acme")
        #expect(await meteringCode { _ = try await administration.createAccount("acme") } == .conflict)
        try await administration.createPlan(Plan(id: "basic"))
        #expect(await meteringCode { try await administration.createPlan(Plan(id: "basic")) } == .conflict)
        var change = Administration.PlanChange()
        change.limits = [.requestsPerMinute: 3]
        change.marginBasisPoints = -500
        #expect(try await administration.updatePlan("basic", change).limits == [.requestsPerMinute: 3])
        #expect(try await administration.plan("basic").marginBasisPoints == -500)
        change.limits = [.requestsPerMinute: nil, .spend: -1]
        #expect(await meteringCode { _ = try await administration.updatePlan("basic", change) } == .amountOutOfRange)
        #expect(await meteringCode { _ = try await administration.updatePlan("none", .init()) } == .notFound)
        var new = Administration.NewKey(account: "none", name: "n")
        new.makesAccount = false
        let refused = new
        #expect(await meteringCode { _ = try await administration.create(refused) } == .notFound)
        #expect(try await administration.accounts().map(\.id) == ["acme"])
        new.account = "acme"
        let key = try await administration.create(new).key
        try await administration.revoke(key.id)
        #expect(await meteringCode { _ = try await administration.rotate(key.id, overlap: .zero) } == .conflict)
    }
}

extension Administration {
    /// Puts rows into the ledger, as a replica's upload does.
    func upload(_ entries: [LedgerEntry]) async throws {
        let records = entries.map {
            SpoolRecord(entry: $0, leased: LeasedLimits(), admittedAt: $0.startedAt)
        }
        let new = try await store.transaction { try UsageUpload(records: records, replica: "test").run($0) }
        guard new == entries.count else { throw StoreError(.refused, "\(entries.count - new) rows were there already") }
    }
}
