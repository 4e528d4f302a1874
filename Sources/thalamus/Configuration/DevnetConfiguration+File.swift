import Devnet
import HTTPTransport
import Signing
import Subtensor

extension DevnetConfiguration {
    /// Reads what a local chain starts with; `config/devnet.example.yaml` shows every key.
    init(fileAt path: String) throws {
        let root = try ConfigurationReader(fileAt: path)
        self.init()
        host = try root.text("host") ?? host
        allowsNonLoopback = try root.bool("allow_non_loopback") ?? allowsNonLoopback
        port = try root.int("port", in: 0...65_535) ?? port
        blockTime = try root.duration("block_time", atLeast: .milliseconds(50)) ?? blockTime
        finalityLag = try root.int("finality_lag", in: 0...16) ?? finalityLag
        history = try root.int("history", in: 64...65_536) ?? history
        stakeThreshold = Rao(try root.int("stake_threshold_rao", in: 0...UInt64.max) ?? 0)
        subnets = try root.sections("subnets").map { try Subnet($0) }
        try root.finish()
    }
}

extension DevnetConfiguration.Subnet {
    fileprivate init(_ section: ConfigurationReader) throws {
        guard let netuid: UInt16 = try section.int("netuid", in: 1...4_095) else {
            throw section.missing("netuid", "the subnet's number")
        }
        self.init(netuid: Netuid(netuid))
        tempo = try section.int("tempo", in: 1...65_535) ?? tempo
        weightsSetRateLimit = try section.int("weights_rate_limit", in: 0...1_000_000) ?? weightsSetRateLimit
        minAllowedWeights = try section.int("min_allowed_weights", in: 0...256) ?? minAllowedWeights
        servingRateLimit = try section.int("serving_rate_limit", in: 0...1_000_000) ?? servingRateLimit
        weightsVersionKey = try section.int("weights_version_key", in: 0...UInt64.max) ?? weightsVersionKey
        neurons = try section.sections("neurons").map { try DevnetConfiguration.Neuron($0) }
        try section.finish()
    }
}

extension DevnetConfiguration.Neuron {
    fileprivate init(_ section: ConfigurationReader) throws {
        guard let hotkey = try section.account("hotkey") else {
            throw section.missing("hotkey", "an SS58 address, or a development key such as //Alice")
        }
        self.init(hotkey: Hotkey(hotkey), coldkey: Coldkey(try section.account("coldkey") ?? hotkey))
        stake = Rao(try section.int("stake_tao", in: 0...10_000_000).map { (tao: UInt64) in tao * 1_000_000_000 } ?? 0)
        hasValidatorPermit = try section.bool("validator_permit") ?? hasValidatorPermit
        if let address = try section.text("axon") {
            guard let (ip, port) = IPAddress.split(address) else {
                throw section.wrong("axon", "an address such as 127.0.0.1:8091")
            }
            axon = AxonInfo(
                version: try section.int("axon_version", in: 0...UInt32.max) ?? 10_005_000, ip: ip.chainForm.value,
                port: port, ipType: ip.chainForm.ipType)
        }
        try section.finish()
    }
}

extension ConfigurationReader {
    /// An account by its address, or by a development key's URI.
    fileprivate func account(_ key: String) throws -> AccountID? {
        guard let text = try text(key) else { return nil }
        if text.hasPrefix("//"), let pair = try? SR25519KeyPair(uri: text) { return pair.accountID }
        guard let account = try? AccountID(ss58: text) else {
            throw wrong(key, "an SS58 address, or a development key such as //Alice")
        }
        return account
    }
}

extension IPAddress {
    /// Reads `192.0.2.1:8091` or `[2001:db8::1]:8091`.
    static func split(_ text: String) -> (ip: IPAddress, port: UInt16)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            let ip = IPAddress(String(text[..<colon].filter { $0 != "[" && $0 != "]" }))
        else { return nil }
        return (ip, port)
    }
}
