import ArgumentParser
import JSON
import NIOCore
import Subtensor

struct ChainInfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "The node, its chain, and how far it is.")
    @OptionGroup var options: ChainOptions

    func run() async throws {
        let information = try await options.withClient { try await $0.information() }
        guard options.json else { return Self.table(information) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("chain", information.chain)
        writer.member("node", information.node)
        writer.member("genesis_hash", information.genesisHash)
        writer.member("spec_version", UInt64(information.specVersion))
        writer.member("transaction_version", UInt64(information.transactionVersion))
        writer.member("head", information.head)
        writer.member("finalized", information.finalized)
        writer.member("block_time_ms", optional: information.blockTime.map { Int64($0 / .milliseconds(1)) })
        writer.endObject()
        print(String(buffer: writer.buffer))
    }

    private static func table(_ information: ChainInformation) {
        ChainTable(
            [.text("WHAT"), .text("VALUE")],
            [
                ["chain", information.chain], ["node", information.node],
                ["genesis", String(information.genesisHash.prefix(18)) + "…"],
                ["runtime", "spec \(information.specVersion), transaction \(information.transactionVersion)"],
                ["head", "\(information.head.number)  \(information.head.hash.prefix(18))…"],
                ["finalized", "\(information.finalized.number)  \(information.finalized.hash.prefix(18))…"],
                ["block time", information.blockTime.map { "\($0 / .seconds(1)) s" } ?? "-"],
            ]
        ).show()
    }
}
