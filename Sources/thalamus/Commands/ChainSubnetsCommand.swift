import ArgumentParser
import JSON
import NIOCore
import Signing
import Subtensor

struct ChainSubnetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subnets", abstract: "All subnets: names, symbols, prices, emissions, cost of a registration.")
    @OptionGroup var options: ChainOptions

    func run() async throws {
        let subnets = try await options.withClient { try await $0.subnets() }
        if options.json { return print(Self.json(subnets)) }
        ChainTable(
            [
                .number("NETUID"), .text("NAME"), .text("SYMBOL"), .number("PRICE"), .number("TAO IN/BLOCK"),
                .number("ALPHA OUT/BLOCK"), .number("REGISTER"), .number("NEURONS"), .number("TEMPO"),
                .number("SINCE STEP"),
            ],
            subnets.map { subnet in
                [
                    "\(subnet.netuid)", subnet.name, subnet.symbol, ChainTable.decimal(subnet.price),
                    ChainTable.amount(subnet.taoInEmission.rawValue),
                    ChainTable.amount(subnet.alphaOutEmission.rawValue),
                    subnet.registrationCost.map { ChainTable.amount($0.rawValue) } ?? "-",
                    subnet.neuronCount.map { "\($0)/\(subnet.maximumNeurons ?? 0)" } ?? "-", "\(subnet.tempo)",
                    "\(subnet.blocksSinceLastStep)",
                ]
            }
        ).show(title: "\(subnets.count) subnets; prices in TAO for one alpha, registrations in TAO")
    }

    private static func json(_ subnets: [Subnet]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for subnet in subnets {
            writer.beginObject()
            writer.member("netuid", UInt64(subnet.netuid.rawValue))
            writer.member("name", subnet.name)
            writer.member("symbol", subnet.symbol)
            writer.member("price", subnet.price)
            writer.member("moving_price", subnet.movingPrice)
            writer.member("tao_in_emission_rao", subnet.taoInEmission.rawValue)
            writer.member("alpha_in_emission_rao", subnet.alphaInEmission.rawValue)
            writer.member("alpha_out_emission_rao", subnet.alphaOutEmission.rawValue)
            writer.member("tao_in_pool_rao", subnet.taoInPool.rawValue)
            writer.member("alpha_in_pool_rao", subnet.alphaInPool.rawValue)
            writer.member("alpha_outstanding_rao", subnet.alphaOutstanding.rawValue)
            writer.member("registration_cost_rao", optional: subnet.registrationCost?.rawValue)
            if let isAllowed = subnet.isRegistrationAllowed { writer.member("registration_allowed", isAllowed) }
            writer.member("neurons", optional: subnet.neuronCount.map(UInt64.init))
            writer.member("maximum_neurons", optional: subnet.maximumNeurons.map(UInt64.init))
            writer.member("tempo", UInt64(subnet.tempo))
            writer.member("blocks_since_last_step", subnet.blocksSinceLastStep)
            writer.member("registered_at", subnet.registeredAt)
            writer.member("owner_hotkey", optional: subnet.ownerHotkey?.ss58)
            writer.member("owner_coldkey", optional: subnet.ownerColdkey?.ss58)
            writer.endObject()
        }
        writer.endArray()
        return String(buffer: writer.buffer)
    }
}
