internal import Signing
public import Substrate

extension Metagraph {
    /// From `SubnetInfoRuntimeApi.get_metagraph`, or from its selective form.
    ///
    /// Fields are found by name: new runtimes add some, old ones lack some. Only the hotkeys must be there.
    ///
    /// - Parameter blockHash: `0x` and 64 hex digits.
    /// - Throws: ``SubtensorError`` `unexpectedShape`.
    public init(
        columns value: ScaleValue, netuid: Netuid, block: UInt64, blockHash: String
    ) throws(SubtensorError) {
        let hotkeys = try Self.accounts(value, "hotkeys")
        let coldkeys = try Self.accounts(value, "coldkeys")
        let axons = value["axons"]?.elements ?? []
        let active = value["active"]?.elements ?? []
        let permits = value["validator_permit"]?.elements ?? []
        let stakes = Self.column(value, "total_stake", UInt64.self)
        let incentives = Self.column(value, "incentives", UInt16.self)
        let dividends = Self.column(value, "dividends", UInt16.self)
        let consensus = Self.column(value, "consensus", UInt16.self)
        let updates = Self.column(value, "last_update", UInt64.self)
        let registrations = Self.column(value, "block_at_registration", UInt64.self)
        guard hotkeys.count <= Int(UInt16.max) + 1, coldkeys.count == hotkeys.count else {
            throw SubtensorError(
                .unexpectedShape, "the metagraph has \(hotkeys.count) hotkeys and \(coldkeys.count) coldkeys")
        }
        var neurons: [Neuron] = []
        neurons.reserveCapacity(hotkeys.count)
        for (index, hotkey) in hotkeys.enumerated() {
            neurons.append(
                Neuron(
                    uid: UID(UInt16(truncatingIfNeeded: index)), hotkey: Hotkey(hotkey),
                    coldkey: Coldkey(coldkeys[index]), axon: axons[at: index].flatMap(AxonInfo.init),
                    isActive: active[at: index]?.bool ?? false,
                    hasValidatorPermit: permits[at: index]?.bool ?? false, stake: Rao(stakes[at: index] ?? 0),
                    incentive: incentives[at: index] ?? 0, dividends: dividends[at: index] ?? 0,
                    consensus: consensus[at: index] ?? 0, lastUpdate: updates[at: index] ?? 0,
                    registeredAt: registrations[at: index] ?? 0))
        }
        self.init(
            netuid: netuid, block: block, blockHash: blockHash, tempo: value["tempo"]?.integer() ?? 0,
            blocksSinceLastStep: value["blocks_since_last_step"]?.integer() ?? 0, neurons: neurons)
    }

    /// From `NeuronInfoRuntimeApi.get_neurons_lite` or `get_neurons`, for runtimes without the other.
    init(
        neurons value: ScaleValue, netuid: Netuid, block: UInt64, blockHash: String, tempo: UInt16,
        blocksSinceLastStep: UInt64
    ) throws(SubtensorError) {
        var neurons: [Neuron] = []
        for item in value.elements ?? [] {
            guard let uid = item["uid"]?.integer(UInt16.self),
                let hotkey = item["hotkey"]?.bytes.flatMap(AccountID.init(bytes:)),
                let coldkey = item["coldkey"]?.bytes.flatMap(AccountID.init(bytes:))
            else { throw SubtensorError(.unexpectedShape, "a neuron has no uid, hotkey or coldkey") }
            var stake: UInt64 = 0
            for entry in item["stake"]?.elements ?? [] {
                stake = stake.addingReportingOverflow(entry[1]?.integer() ?? 0).partialValue
            }
            neurons.append(
                Neuron(
                    uid: UID(uid), hotkey: Hotkey(hotkey), coldkey: Coldkey(coldkey),
                    axon: item["axon_info"].flatMap(AxonInfo.init), isActive: item["active"]?.bool ?? false,
                    hasValidatorPermit: item["validator_permit"]?.bool ?? false, stake: Rao(stake),
                    incentive: item["incentive"]?.integer() ?? 0, dividends: item["dividends"]?.integer() ?? 0,
                    consensus: item["consensus"]?.integer() ?? 0, lastUpdate: item["last_update"]?.integer() ?? 0))
        }
        neurons.sort { $0.uid < $1.uid }
        self.init(
            netuid: netuid, block: block, blockHash: blockHash, tempo: tempo,
            blocksSinceLastStep: blocksSinceLastStep, neurons: neurons)
    }

    private static func accounts(_ value: ScaleValue, _ name: String) throws(SubtensorError) -> [AccountID] {
        guard let elements = value[name]?.elements else {
            throw SubtensorError(.unexpectedShape, "the metagraph has no \(name)")
        }
        var accounts: [AccountID] = []
        accounts.reserveCapacity(elements.count)
        for element in elements {
            guard let account = element.bytes.flatMap(AccountID.init(bytes:)) else {
                throw SubtensorError(.unexpectedShape, "an entry of the metagraph's \(name) is no account")
            }
            accounts.append(account)
        }
        return accounts
    }

    private static func column<T: FixedWidthInteger>(_ value: ScaleValue, _ name: String, _ type: T.Type) -> [T] {
        value[name]?.integers(T.self) ?? []
    }
}

extension Array {
    fileprivate subscript(at index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
