import Foundation
import Metering

/// Usage of a month, asked of a ledger of millions of rows.
struct Questions {
    let uri: String
    let millions: Int

    func measure() async throws -> Bool {
        let configuration = MeteringConfiguration(database: .postgres(uri: uri), stateDirectory: "/nonexistent")
        let administration = try await Administration.open(configuration)
        try fill()
        let day: Int64 = 86_400_000
        let from = Self.firstDay * day
        let month = UsageQuery(groupedBy: [.key, .model, .day], account: "bench-3", from: from, until: from + 30 * day)
        var ofAll = UsageQuery(groupedBy: [.account, .model], from: from, until: from + 30 * day)
        var isWithin = true
        isWithin =
            try await time("a month of one account by key, model and day", 200) {
                _ = try await administration.usage(month)
            } && isWithin
        isWithin =
            try await time("a month of everyone by account and model", 200) {
                _ = try await administration.usage(ofAll)
            } && isWithin
        ofAll.account = "bench-7"
        let latest = ofAll
        isWithin =
            try await time("the latest 100 requests of one account", 200) {
                _ = try await administration.entries(latest, limit: 100)
            } && isWithin
        return isWithin
    }

    private static let firstDay: Int64 = 20_058

    /// Rows spread over a month, 50 accounts, 200 keys and 5 models, made in the database itself.
    private func fill() throws {
        let rows = millions * 1_000_000
        let sql = """
            DELETE FROM usage WHERE account_id LIKE 'bench-%'; DELETE FROM usage_daily WHERE account_id LIKE 'bench-%';
            INSERT INTO usage (request_id, started_at, account_id, key_id, model, netuid, endpoint, prompt_tokens,
            completion_tokens, price, waived, status, is_stream, finished_at)
            SELECT 'req_' || n, \(Self.firstDay) * 86400000::bigint + n * (30 * 86400000::bigint) / \(rows), 'bench-' || n % 50,
            'key_' || n % 200, 'model-' || n % 5, 1, '/v1/chat/completions', 40, 20, 60, 0, 200, 0, 0
            FROM generate_series(0, \(rows - 1)::bigint) AS n;
            INSERT INTO usage_daily (account_id, key_id, model, day, requests, prompt_tokens, completion_tokens, price,
            waived) SELECT account_id, key_id, model, started_at / 86400000, COUNT(*), SUM(prompt_tokens),
            SUM(completion_tokens), SUM(price), 0 FROM usage WHERE account_id LIKE 'bench-%'
            GROUP BY 1, 2, 3, 4;
            ANALYZE usage; ANALYZE usage_daily;
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", uri, "-c", sql]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }

    /// The median of 11.
    private func time(_ name: String, _ limit: Double, _ body: () async throws -> Void) async throws -> Bool {
        var times: [Double] = []
        for _ in 0..<11 {
            let start = ContinuousClock.now
            try await body()
            times.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        return report("\(millions) million rows, \(name)", times.sorted()[5], "ms", limit: limit)
    }
}
