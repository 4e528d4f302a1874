import HTTPTransport
import Signing
import Subtensor

/// A miner that no chain knows: private miners, benchmarks.
///
/// ## Configuration keys (list `chain.miners`)
/// - `netuid` (int, required), `uid` (int, default: its place in the list)
/// - `hotkey` (SS58 text, required): whom requests are addressed to
/// - `address` (`IP:PORT`, required)
/// - `incentive` (int, 0...65535, default 65535)
struct StaticMiner {
    var netuid: Netuid
    var uid: UInt16?
    var hotkey: Hotkey
    var ip: IPAddress
    var port: UInt16
    var incentive: UInt16

    init(_ section: ConfigurationReader) throws {
        guard let netuid: UInt16 = try section.int("netuid", in: 0...65_535) else {
            throw section.missing("netuid", "the subnet that the miner is in")
        }
        self.netuid = Netuid(netuid)
        uid = try section.int("uid", in: 0...65_535)
        guard let text = try section.text("hotkey"), let hotkey = try? Hotkey(ss58: text) else {
            throw section.wrong("hotkey", "the SS58 address of the miner's hotkey")
        }
        self.hotkey = hotkey
        guard let (ip, port) = try section.text("address").flatMap(IPAddress.split) else {
            throw section.wrong("address", "an address such as 192.0.2.1:8091 or [2001:db8::1]:8091")
        }
        self.ip = ip
        self.port = port
        incentive = try section.int("incentive", in: 0...65_535) ?? 65_535
        try section.finish()
    }
}
