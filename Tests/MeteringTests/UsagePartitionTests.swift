import Testing

@testable import Metering

@Suite("Usage partitions", .serialized, .timeLimit(.minutes(2))) struct UsagePartitionTests {
    @Test("keep rows by month, take in what came before them, and go with their time", arguments: StoreKind.allCases)
    func months(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let key = try await store.key().key
        let ledger = try await store.open()
        let now = store.clock.now()
        let month = 31 * Period.dayLength
        for (number, start) in [now, now - 5 * month, now + month, now + 5 * month, 0].enumerated() {
            let hold = try await ledger.hold(MicroUnits(10), for: key, requestID: "request-\(number)")
            hold.settle(.fixture(hold.requestID, price: 10, startedAt: start))
        }
        await ledger.shutDown()
        #expect(try await store.books(of: key).rows == 5)
        if kind == .postgres {
            #expect(try await tables(ledger) == ["usage_2023_11", "usage_2023_12", "usage_2024_01"])
            try await ledger.store.transaction { try UsagePartitions.prepare(at: now + 5 * month, $0) }
            try await ledger.store.transaction { try UsagePartitions.prepare(at: now - 5 * month, $0) }
            #expect(try await tables(ledger).count == 9)
            let other = try await ledger.store.transaction {
                try $0.execute("SELECT COUNT(*) AS count FROM usage_other").first?.integer("count")
            }
            #expect(other == 1)
        }
        #expect(try await store.books(of: key).rows == 5)
        let dropped = try await ledger.store.transaction { try UsagePartitions.forget(before: now, $0) }
        #expect(!dropped.isEmpty)
        let administration = try await store.administration()
        #expect(
            try await administration.entries(UsageQuery()).map(\.requestID) == ["request-3", "request-2", "request-0"])
        #expect(try await administration.usage(UsageQuery())[0].requests == 5)
    }

    private func tables(_ ledger: Ledger) async throws -> [String] {
        try await ledger.store.transaction { session in
            try session.execute(
                """
                SELECT c.relname AS name FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid \
                WHERE i.inhparent = 'usage'::regclass AND c.relname <> 'usage_other' ORDER BY c.relname
                """
            ).map { try $0.text("name") }
        }
    }
}
