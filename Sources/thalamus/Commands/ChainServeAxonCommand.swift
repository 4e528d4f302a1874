import ArgumentParser
import HTTPTransport
import JSON
import NIOCore
import Signing
import Substrate
import Subtensor

struct ChainServeAxonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve-axon", abstract: "Publish where a hotkey's axon listens.")
    @Argument(help: "The subnet.") var netuid: UInt16
    @Option(help: "The address that others reach it at: IPv4 or IPv6.") var ip: String
    @Option(help: "The port.") var port: UInt16
    @Option(help: "The miner's own version number.") var axonVersion: UInt32 = 0
    @Option(help: "Protocol number.") var protocolNumber: UInt8 = 4
    @Option(help: "The TLS public key to expect, in hexadecimal: publishes with serve_axon_tls.") var certificate:
        String?
    @Option(help: "The hotkey's file (official layout, mode 0600).") var hotkeyFile: String?
    @Option(help: "A development hotkey such as //Miner1, instead of a file.") var hotkeyURI: String?
    @OptionGroup var password: WalletPasswordOptions
    @OptionGroup var options: ChainOptions

    func validate() throws {
        guard (hotkeyFile != nil) != (hotkeyURI != nil) else {
            throw ValidationError("give --hotkey-file, or --hotkey-uri for development")
        }
        guard IPAddress(ip) != nil else { throw ValidationError("--ip \(ip) is no IP address") }
        guard port > 0 else { throw ValidationError("--port must be from 1 to 65535") }
        if let certificate, (try? Hex.decode(certificate)) == nil {
            throw ValidationError("--certificate must be hexadecimal")
        }
    }

    func run() async throws {
        guard let address = IPAddress(ip)?.chainForm else { throw ValidationError("--ip \(ip) is no IP address") }
        let signer = try ChainSigner.keyPair(file: hotkeyFile, uri: hotkeyURI, password)
        let axon = AxonInfo(
            version: axonVersion, ip: address.value, port: port, ipType: address.ipType, protocolNumber: protocolNumber)
        let key = try certificate.map { try Hex.decode($0) }
        let extrinsic = try await options.withClient { client in
            try await client.serveAxon(axon, netuid: Netuid(netuid), certificate: key, signer: signer)
        }
        guard options.json else {
            return print("The axon of \(signer.accountID.ss58) is published in block \(extrinsic.blockHash)")
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.members(of: extrinsic)
        writer.endObject()
        print(String(buffer: writer.buffer))
    }
}
