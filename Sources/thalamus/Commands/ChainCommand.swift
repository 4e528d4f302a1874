import ArgumentParser
import HTTPTransport
import JSON
import Logging
import NIOCore
import Signing
import Substrate
import Subtensor

struct ChainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chain", abstract: "Look at the chain, register a hotkey, publish an axon, set weights.",
        discussion:
            "Several --endpoint are tried in their order. Mainnet is wss://entrypoint-finney.opentensor.ai:443.",
        subcommands: [
            ChainInfoCommand.self, ChainSubnetsCommand.self, ChainMetagraphCommand.self,
            ChainHyperparametersCommand.self, ChainWeightsCommand.self, ChainRegisterCommand.self,
            ChainServeAxonCommand.self,
        ])
}

/// Which chain, and how to show it.
struct ChainOptions: ParsableArguments {
    @Option(name: .customLong("endpoint"), help: "A node's ws:// or wss:// URL; may be repeated.")
    var endpoints: [String] = []
    @Option(help: "The chain's genesis hash (0x…): nodes on another chain are refused.") var genesisHash: String?
    @Option(help: "Authorities to trust with wss:// instead of the system's (PEM).") var caFile: String?
    @Option(help: "Seconds to wait for an answer.") var timeout = 30
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (1...3_600).contains(timeout) else { throw ValidationError("--timeout must be from 1 to 3600") }
        for endpoint in endpoints where !endpoint.hasPrefix("ws://") && !endpoint.hasPrefix("wss://") {
            throw ValidationError("--endpoint \(endpoint) is no ws:// or wss:// URL")
        }
        if let genesisHash, BlockHash(hex: genesisHash) == nil {
            throw ValidationError("--genesis-hash must be 0x and 64 hex digits")
        }
    }

    /// Runs `body` with a connected client.
    func withClient<R>(_ body: (SubtensorClient) async throws -> R) async throws -> R {
        var configuration = ChainClientConfiguration(endpoints: endpoints.isEmpty ? ["ws://127.0.0.1:9944"] : endpoints)
        configuration.genesisHash = genesisHash.flatMap(BlockHash.init(hex:))
        configuration.callTimeout = .seconds(timeout)
        configuration.isPersistent = false
        configuration.connectTimeout = .seconds(min(timeout, 10))
        if let caFile {
            var tls = TLSClientConfiguration()
            tls.trustRoots = .file(caFile)
            configuration.tls = try TLSContext(tls)
        }
        let loops = EventLoops(count: 1)
        do {
            let client = try await SubtensorClient.connect(configuration, on: loops, logger: Thalamus.logger(.error))
            do {
                let result = try await body(client)
                await client.close()
                await loops.shutdown()
                return result
            } catch {
                await client.close()
                throw error
            }
        } catch {
            await loops.shutdown()
            throw error
        }
    }
}

/// A key that signs for the chain.
enum ChainSigner {
    static func keyPair(file: String?, uri: String?, _ password: WalletPasswordOptions) throws -> SR25519KeyPair {
        guard let file else { return try SR25519KeyPair(uri: uri ?? "") }
        let key = try Wallet.key(fileAt: file) { path throws(SigningError) in
            try password.existing(forFileAt: path)
        }
        guard case .sr25519(let pair) = key.pair else {
            throw SigningError(.unsupported, "\(file): holds an ed25519 key; the chain's calls are signed with sr25519")
        }
        return pair
    }
}

extension JSONWriter {
    mutating func member(_ name: String, _ head: Head) {
        self.name(name)
        beginObject()
        member("number", head.number)
        member("hash", head.hash)
        endObject()
    }

    /// What became of an extrinsic, for a command that waited for it.
    mutating func members(of extrinsic: FinalizedExtrinsic) {
        member("block_hash", extrinsic.blockHash.hex)
        member("extrinsic_hash", extrinsic.extrinsicHash.hex)
        member("index", UInt64(extrinsic.index))
        name("events")
        beginArray()
        for event in extrinsic.events { string("\(event.pallet).\(event.name)") }
        endArray()
    }
}
