public import HTTPTransport
internal import Neurons
internal import Signing
public import Subtensor
internal import Synchronization

/// The newest metagraph of each subnet, as an immutable snapshot that any request reads without waiting.
public final class MetagraphStore: Sendable {
    /// A subnet's table and the miners in it that may be dialled.
    public struct Snapshot: Sendable {
        public let metagraph: Metagraph
        /// Neurons with an axon at an address the dial policy allows, by falling incentive.
        public let miners: [Candidate]
        /// Neurons whose axon the policy refuses, and why.
        public let refused: [(uid: UID, reason: String)]
    }

    private let policy: DialPolicy
    private let ownHotkey: String?
    private let current = Mutex<[Netuid: Snapshot]>([:])

    /// - Parameter ownHotkey: SS58 text of the hotkey that signs requests: it is no miner of ours.
    public init(policy: DialPolicy, ownHotkey: String? = nil) {
        self.policy = policy
        self.ownHotkey = ownHotkey
    }

    public func snapshot(of netuid: Netuid) -> Snapshot? { current.withLock { $0[netuid] } }

    /// Vets every axon once, so that no request has to.
    public func publish(_ metagraph: Metagraph) {
        var miners: [Candidate] = []
        var refused: [(UID, String)] = []
        for neuron in metagraph.neurons {
            guard let axon = neuron.axon, axon.port != 0 else { continue }
            let hotkey = neuron.hotkey.ss58
            guard hotkey != ownHotkey else { continue }
            do {
                guard let ip = IPAddress(chainValue: axon.ip, ipType: axon.ipType) else {
                    refused.append((neuron.uid, "ip type \(axon.ipType) with value \(axon.ip) is no address"))
                    continue
                }
                let address = try policy.vet(ip, port: axon.port)
                let miner = Miner(
                    uid: neuron.uid.rawValue, hotkey: neuron.hotkey, hotkeyText: hotkey, address: address)
                miners.append(Candidate(miner: miner, neuron: neuron))
            } catch {
                refused.append((neuron.uid, "\(error)"))
            }
        }
        miners.sort { ($0.neuron.incentive, $1.neuron.uid.rawValue) > ($1.neuron.incentive, $0.neuron.uid.rawValue) }
        let snapshot = Snapshot(metagraph: metagraph, miners: miners, refused: refused)
        current.withLock { $0[metagraph.netuid] = snapshot }
    }
}
