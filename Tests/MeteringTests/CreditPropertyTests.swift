import Testing

@testable import Metering

/// Random interleavings over limits of every measure, with payments, price changes and the passing of time.
@Suite("Credit, limits and prices under random interleavings", .serialized, .timeLimit(.minutes(5)))
struct CreditPropertyTests {
    private static let perMinute: Int64 = 12
    private static let atOnce: Int64 = 5

    private struct Held {
        var replica: Int
        var hold: Hold
        var cost: Int64
    }

    /// The books as they should be.
    private struct Model {
        var held: [Held] = []
        var paid: Int64 = 0
        var charged: Int64 = 0
        var rows = 0
        var admitted: [Int64: Int] = [:]
        var claimed: Int64 { held.reduce(charged) { $0 + $1.hold.amount.rawValue } }
    }

    @Test("keep the books of a simple model", arguments: StoreKind.allCases, [11, 12, 13, 14, 15] as [UInt64])
    func interleavings(kind: StoreKind, seed: UInt64) async throws {
        var random = SeededGenerator(state: seed)
        let store = try TestStore(kind)
        let id = try await store.key(
            limits: [.requestsPerMinute: Self.perMinute, .concurrentRequests: Self.atOnce]
        ).key.id
        let administration = try await store.administration()
        try await administration.topUp("acme", by: MicroUnits(500), id: "first", reason: "test")
        try await setPrice(1_000_000, administration)
        let key = try await administration.key(id).key
        var ledgers: [Ledger] = []
        for index in 0..<3 { ledgers.append(try await store.open("r\(index)")) }
        var model = Model(paid: 500)
        for step in 0..<150 {
            let index = Int.random(in: 0..<3, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8: try await hold(step, on: ledgers[index], index, key, &model, &random)
            case 8..<12: settle(&model, &random)
            case 12..<14:
                guard !model.held.isEmpty else { continue }
                model.held.remove(at: Int.random(in: 0..<model.held.count, using: &random)).hold.release()
            case 14: store.clock.advance(seconds: Int64.random(in: 1...40, using: &random))
            case 15:
                // Sent twice, as by a payment service that heard no answer.
                let amount = Int64.random(in: 1...400, using: &random)
                for _ in 0..<2 {
                    try await administration.topUp(
                        "acme", by: MicroUnits(amount), id: "payment-\(step)", reason: "test")
                }
                model.paid += amount
            case 16:
                try await setPrice(Int64.random(in: 0...3_000_000, using: &random), administration)
            case 17: for ledger in ledgers { _ = try await ledger.followChanges() }
            default:
                while let batch = ledgers[index].spool.nextBatch(limit: 3) { try await ledgers[index].upload(batch) }
            }
            #expect(model.claimed <= model.paid)
            #expect(model.held.count <= Int(Self.atOnce))
            #expect(model.admitted.values.allSatisfy { $0 <= Int(Self.perMinute) })
        }
        while !model.held.isEmpty { settle(&model, &random) }
        for ledger in ledgers { await ledger.shutDown() }
        let books = try await store.books(of: key)
        #expect(books.rows == model.rows && books.charged == model.charged)
        let credit = try #require(
            try await administration.account("acme").standing.first { $0.kind == .credit })
        #expect(credit.ceiling == model.paid && credit.used == model.charged && credit.leased == 0)
        await administration.close()
    }

    private func setPrice(_ perMillion: Int64, _ administration: Administration) async throws {
        let price = Price(perMillionPromptTokens: MicroUnits(perMillion), perMillionCompletionTokens: .zero)
        _ = try await administration.setPrice(of: "m", to: price)
    }

    private func hold(
        _ step: Int, on ledger: Ledger, _ index: Int, _ key: APIKey, _ model: inout Model,
        _ random: inout SeededGenerator
    ) async throws {
        let tokens = Int.random(in: 0...200, using: &random)
        let cost = try #require(ledger.price(of: "m")).cost(promptTokens: tokens, completionTokens: 0)
        let minute = ledger.configuration.now() / 60_000
        guard let hold = try? await ledger.hold(cost, tokens: tokens, for: key, requestID: "r\(step)") else { return }
        model.held.append(Held(replica: index, hold: hold, cost: cost.rawValue))
        model.admitted[minute, default: 0] += 1
    }

    private func settle(_ model: inout Model, _ random: inout SeededGenerator) {
        guard !model.held.isEmpty else { return }
        let held = model.held.remove(at: Int.random(in: 0..<model.held.count, using: &random))
        // More than was held is charged as what was held.
        let price = Int64.random(in: 0...(held.hold.amount.rawValue + 50), using: &random)
        held.hold.settle(.fixture(held.hold.requestID, price: price))
        model.charged += min(price, held.hold.amount.rawValue)
        model.rows += 1
    }
}
