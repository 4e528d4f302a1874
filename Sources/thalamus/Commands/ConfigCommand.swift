import ArgumentParser
import HTTPTransport
import Signing
import Subnets

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at a configuration.", subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say what is wrong in a configuration file.")
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let configuration = try options.load()
            let signer = try configuration.signer()
            _ = try configuration.admin?.token()
            print("\(options.config): good")
            print("  hotkey    \(signer.accountID.ss58)")
            print("  models    \(configuration.models.map(\.id).joined(separator: ", "))")
            print(
                "  chain     \(configuration.chain.endpoints.isEmpty ? "\(configuration.chain.miners.count) miners from the file" : configuration.chain.endpoints.joined(separator: ", "))"
            )
            if let admin = configuration.admin {
                let listener = admin.listener
                print("  admin     \(listener.unixSocket ?? "\(listener.host):\(listener.port)")")
            }
            print("  validator \(configuration.validation.isEnabled ? "on" : "off")")
        }
    }
}
