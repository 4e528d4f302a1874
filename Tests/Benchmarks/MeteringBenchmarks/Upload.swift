import Foundation
import Metering

/// Rows from the spool into PostgreSQL on the same machine.
struct Upload {
    let uri: String
    let rows: Int

    func measure() async throws -> Bool {
        let folder = try Folder()
        var configuration = MeteringConfiguration(
            database: .postgres(uri: uri), stateDirectory: folder.path + "/state")
        configuration.maximumSpoolBytes = 8 << 30
        let administration = try await Administration.open(configuration)
        let ledger = try await Ledger.open(configuration, logger: quiet)
        var keys: [APIKey] = []
        for number in 0..<100 {
            keys.append(
                try await administration.create(
                    .init(account: "account-\(number % 20)", name: "k", limits: [.spend: 1 << 50])
                ).key)
        }
        let now = MeteringConfiguration.unixMilliseconds()
        for number in 0..<rows {
            let key = keys[number % keys.count]
            let id = "req_\(UUID().uuidString)"
            let hold = try await ledger.hold(MicroUnits(100), tokens: 100, for: key, requestID: id)
            hold.settle(HotPath.entry(id, key, startedAt: now + Int64(number / 100)))
        }
        let (own, theirs, start) = (Processor.own, Processor.all(named: "postgres"), ContinuousClock.now)
        await ledger.shutDown()
        let wall = (ContinuousClock.now - start) / .seconds(1)
        let (client, server) = (Processor.own - own, Processor.all(named: "postgres") - theirs)
        _ = report("upload, wall", Double(rows) / wall, "rows/s")
        _ = report("upload, CPU of the gateway", client / Double(rows) * 1e6, "µs per row")
        _ = report("upload, CPU of PostgreSQL", server / Double(rows) * 1e6, "µs per row")
        return report(
            "upload, within one core for both", Double(rows) / (client + server), "rows/s", limit: 20_000,
            isMinimum: true)
    }
}
