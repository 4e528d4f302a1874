import ArgumentParser
import Foundation
import HTTPTransport
import Logging

/// The command line.
@main
struct Thalamus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thalamus",
        abstract: "An OpenAI-style API in front of Bittensor's subnets.",
        version: "0.1.0 (\(LinkedLibraries.description))",
        subcommands: [
            ServeCommand.self, DevCommand.self, DevnetCommand.self, MinerCommand.self, KeysCommand.self,
            UsageCommand.self, AccountsCommand.self, PlansCommand.self, PricesCommand.self, DatabaseCommand.self,
            ChainCommand.self, WalletCommand.self, ConfigCommand.self,
        ])

    /// Errors are sentences on standard error, and exit code 1.
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            BufferedLog.shared.flush()
        } catch {
            BufferedLog.shared.flush()
            exit(withError: error)
        }
    }

    /// Tells whoever started a command that stays, at once even into a pipe.
    static func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    /// The logger of a command that stays: lines on standard error.
    static func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "thalamus") { TextLogHandler(label: $0) }
        logger.logLevel = level
        return logger
    }
}
