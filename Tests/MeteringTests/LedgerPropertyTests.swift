import Testing

@testable import Metering

/// Random interleavings of what replicas do, against what must hold whatever they do.
@Suite("Ledger under random interleavings", .serialized, .timeLimit(.minutes(5))) struct LedgerPropertyTests {
    /// The books as they should be.
    private struct Model {
        var held: [(ledger: Int, hold: Hold)] = []
        var charged: Int64 = 0
        var rows = 0
        var claimed: Int64 { held.reduce(charged) { $0 + $1.hold.amount.rawValue } }
    }

    @Test("keeps the books of a simple model", arguments: StoreKind.allCases, [1, 2, 3, 4, 5, 6] as [UInt64])
    func interleavings(kind: StoreKind, seed: UInt64) async throws {
        var random = SeededGenerator(state: seed)
        let store = try TestStore(kind)
        let budget = Int64.random(in: 500...20_000, using: &random)
        let key = try await store.key(budget: budget).key
        var ledgers: [Ledger] = []
        for index in 0..<3 { ledgers.append(try await store.open("r\(index)")) }
        var model = Model()
        for step in 0..<160 {
            let index = Int.random(in: 0..<3, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<9:
                let amount = Int64.random(in: 0...900, using: &random)
                if let hold = try? await ledgers[index].hold(MicroUnits(amount), for: key, requestID: "r\(step)") {
                    model.held.append((index, hold))
                }
            case 9..<14: settle(&model, ledgers, &random)
            case 14..<16:
                guard !model.held.isEmpty else { continue }
                let (_, hold) = model.held.remove(at: Int.random(in: 0..<model.held.count, using: &random))
                hold.release()
            case 16..<19:
                while let batch = ledgers[index].spool.nextBatch(limit: 3) { try await ledgers[index].upload(batch) }
            default:
                // Killed: open requests get no answer and no charge, the spool stays.
                model.held.removeAll { $0.ledger == index }
                let other = ledgers[(index + 1) % 3]
                ledgers[index] = other
                ledgers[index] = try await Self.reopen("r\(index)", store)
            }
            #expect(model.claimed <= budget)
        }
        while !model.held.isEmpty { settle(&model, ledgers, &random) }
        for ledger in ledgers { await ledger.shutDown() }
        #expect(
            try await store.books(of: key)
                == .init(rows: model.rows, charged: model.charged, spent: model.charged, leased: 0))
        // Nothing was lost on the way: what is left can be spent to the last micro-unit.
        let last = try await store.open("last")
        try await last.charge(key, "last", hold: budget - model.charged, price: 0)
    }

    private func settle(_ model: inout Model, _ ledgers: [Ledger], _ random: inout SeededGenerator) {
        guard !model.held.isEmpty else { return }
        let (_, hold) = model.held.remove(at: Int.random(in: 0..<model.held.count, using: &random))
        let price = Int64.random(in: 0...hold.amount.rawValue, using: &random)
        hold.settle(.fixture(hold.requestID, price: price))
        model.charged += price
        model.rows += 1
    }

    /// The killed one's last tasks may hold its directory for a moment.
    private static func reopen(_ replica: String, _ store: TestStore) async throws -> Ledger {
        let deadline = ContinuousClock.now.advanced(by: .seconds(10))
        while true {
            do {
                return try await store.open(replica)
            } catch let error as MeteringError
                where error.code == .stateDirectoryInUse && ContinuousClock.now < deadline
            {
                await Task.yield()
            }
        }
    }
}
