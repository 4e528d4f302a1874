import ArgumentParser
import JSON
import NIOCore
import Subtensor

struct ChainHyperparametersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hyperparameters", abstract: "The rules of a subnet, by the chain's names for them.")
    @Argument(help: "The subnet.") var netuid: UInt16
    @OptionGroup var options: ChainOptions

    func run() async throws {
        let parameters = try await options.withClient { try await $0.allHyperparameters(of: Netuid(netuid)) }
        guard options.json else {
            return ChainTable([.text("NAME"), .number("VALUE")], parameters.map { [$0.name, $0.value.text] }).show()
        }
        var writer = JSONWriter()
        writer.beginObject()
        for parameter in parameters {
            switch parameter.value {
            case .bool(let value): writer.member(parameter.name, value)
            case .decimal(let value): writer.member(parameter.name, value)
            case .integer(let value), .rao(let value):
                // What no JSON number holds exactly everywhere is a text.
                if let small = UInt64(exactly: value), small < 1 << 53 {
                    writer.member(parameter.name, small)
                } else {
                    writer.member(parameter.name, String(value))
                }
            }
        }
        writer.endObject()
        print(String(buffer: writer.buffer))
    }
}
