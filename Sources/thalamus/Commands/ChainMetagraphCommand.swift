import ArgumentParser
import HTTPTransport
import JSON
import NIOCore
import Signing
import Subtensor

struct ChainMetagraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metagraph", abstract: "The neurons of a subnet at the best block.")
    @Argument(help: "The subnet.") var netuid: UInt16
    @Option(help: "The mechanism.") var mechanism: UInt8 = 0
    @OptionGroup var options: ChainOptions

    func run() async throws {
        let metagraph = try await options.withClient {
            try await $0.metagraph(of: Netuid(netuid), mechanism: mechanism)
        }
        if options.json { return print(Self.json(metagraph)) }
        ChainTable(
            [
                .number("UID"), .text("HOTKEY"), .number("STAKE"), .number("INCENTIVE"), .number("DIVIDENDS"),
                .number("CONSENSUS"), .text("PERMIT"), .text("ACTIVE"), .number("UPDATED"), .text("AXON"),
            ],
            metagraph.neurons.map { neuron in
                [
                    "\(neuron.uid)", neuron.hotkey.ss58, ChainTable.amount(neuron.stake.rawValue),
                    ChainTable.share(neuron.incentive), ChainTable.share(neuron.dividends),
                    ChainTable.share(neuron.consensus), neuron.hasValidatorPermit ? "yes" : "",
                    neuron.isActive ? "yes" : "",
                    neuron.lastUpdate == 0 ? "never" : "\(metagraph.block &- min(neuron.lastUpdate, metagraph.block))",
                    Self.address(neuron.axon) ?? "",
                ]
            }
        ).show(
            title:
                "subnet \(netuid), mechanism \(mechanism), block \(metagraph.block): \(metagraph.neurons.count) neurons, "
                + "tempo \(metagraph.tempo), \(metagraph.blocksSinceLastStep) blocks since the last step; UPDATED in blocks ago"
        )
    }

    private static func address(_ axon: AxonInfo?) -> String? {
        guard let axon, let ip = IPAddress(chainValue: axon.ip, ipType: axon.ipType) else { return nil }
        return axon.ipType == 6 ? "[\(ip)]:\(axon.port)" : "\(ip):\(axon.port)"
    }

    private static func json(_ metagraph: Metagraph) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("netuid", UInt64(metagraph.netuid.rawValue))
        writer.member("mechanism", UInt64(metagraph.mechanism))
        writer.member("block", metagraph.block)
        writer.member("block_hash", metagraph.blockHash)
        writer.member("tempo", UInt64(metagraph.tempo))
        writer.member("blocks_since_last_step", metagraph.blocksSinceLastStep)
        writer.name("neurons")
        writer.beginArray()
        for neuron in metagraph.neurons {
            writer.beginObject()
            writer.member("uid", UInt64(neuron.uid.rawValue))
            writer.member("hotkey", neuron.hotkey.ss58)
            writer.member("coldkey", neuron.coldkey.ss58)
            writer.member("stake_rao", neuron.stake.rawValue)
            writer.member("incentive", UInt64(neuron.incentive))
            writer.member("dividends", UInt64(neuron.dividends))
            writer.member("consensus", UInt64(neuron.consensus))
            writer.member("validator_permit", neuron.hasValidatorPermit)
            writer.member("active", neuron.isActive)
            writer.member("last_update", neuron.lastUpdate)
            writer.member("registered_at", neuron.registeredAt)
            writer.member("axon", optional: address(neuron.axon))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(buffer: writer.buffer)
    }
}
