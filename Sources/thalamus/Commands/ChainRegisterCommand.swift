import ArgumentParser
import JSON
import NIOCore
import Signing
import Substrate
import Subtensor

struct ChainRegisterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "Register a hotkey in a subnet, paid by a coldkey.",
        discussion: "The cost of the moment is burned; --limit names the most it may be.")
    @Argument(help: "The subnet.") var netuid: UInt16
    @Option(help: "The hotkey's SS58 address.") var hotkey: String
    @Option(help: "The most that it may cost, in TAO, such as 0.5.") var limit: String?
    @Option(help: "The paying coldkey's file (official layout, mode 0600).") var coldkeyFile: String?
    @Option(help: "A development coldkey such as //Alice, instead of a file.") var coldkeyURI: String?
    @OptionGroup var password: WalletPasswordOptions
    @OptionGroup var options: ChainOptions

    func validate() throws {
        guard (coldkeyFile != nil) != (coldkeyURI != nil) else {
            throw ValidationError("give --coldkey-file, or --coldkey-uri for development")
        }
        do { _ = try Hotkey(ss58: hotkey) } catch { throw ValidationError("--hotkey \(hotkey): \(error)") }
        if let limit, Self.rao(limit) == nil { throw ValidationError("--limit \(limit) is no amount of TAO") }
    }

    func run() async throws {
        let hotkey = try Hotkey(ss58: hotkey)
        let coldkey = try ChainSigner.keyPair(file: coldkeyFile, uri: coldkeyURI, password)
        let (extrinsic, uid) = try await options.withClient { client in
            let extrinsic = try await client.burnedRegister(
                hotkey, netuid: Netuid(netuid), limit: limit.flatMap(Self.rao), coldkey: coldkey)
            return (extrinsic, try await client.uid(of: hotkey, in: Netuid(netuid)))
        }
        guard options.json else {
            return print(
                "\(hotkey.ss58) is registered in subnet \(netuid)\(uid.map { " as uid \($0)" } ?? ""), "
                    + "block \(extrinsic.blockHash)")
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("uid", optional: uid.map { UInt64($0.rawValue) })
        writer.members(of: extrinsic)
        writer.endObject()
        print(String(buffer: writer.buffer))
    }

    /// Rao from a decimal text of TAO, exactly.
    static func rao(_ text: String) -> Rao? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = UInt64(parts[0]), parts.count == 1 || (1...9).contains(parts[1].count) else { return nil }
        let decimals = parts.count == 1 ? "" : String(parts[1])
        guard let rest = UInt64(decimals + String(repeating: "0", count: 9 - decimals.count)),
            decimals.allSatisfy(\.isNumber)
        else { return nil }
        let (scaled, isLarge) = whole.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isLarger) = scaled.addingReportingOverflow(rest)
        return isLarge || isLarger ? nil : Rao(sum)
    }
}
