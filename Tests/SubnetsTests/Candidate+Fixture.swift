import HTTPTransport
import Neurons
import Signing
import Subtensor

@testable import Subnets

extension Candidate {
    /// A miner on the loopback interface, made up from its number.
    static func fixture(_ number: UInt8, incentive: UInt16 = 0, coldkey: UInt8? = nil) throws -> Candidate {
        let hotkey = Hotkey(AccountID(bytes: Array(repeating: number, count: 32))!)
        let ip = IPAddress("127.0.0.1")!
        let address = try DialPolicy.loopbackOnly.vet(ip, port: 8_000 + UInt16(number))
        let neuron = Neuron(
            uid: UID(UInt16(number)), hotkey: hotkey,
            coldkey: Coldkey(AccountID(bytes: Array(repeating: coldkey ?? number, count: 32))!),
            incentive: incentive)
        return Candidate(
            miner: Miner(uid: UInt16(number), hotkey: hotkey, hotkeyText: hotkey.ss58, address: address), neuron: neuron
        )
    }
}
