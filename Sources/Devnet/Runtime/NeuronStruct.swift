import Signing
import Subtensor

/// One neuron of a subnet, for the structs that describe neurons singly.
struct NeuronView: Sendable {
    let subnet: SubnetView
    let uid: UID
    /// Rows of weights and bonds; empty for lite answers.
    let weights: [WeightEntry]
    let bonds: [WeightEntry]

    private var position: Int { Int(uid.rawValue) }

    /// - Parameter uid: one of the subnet's.
    init(_ subnet: SubnetView, _ uid: UID, weights: [WeightEntry] = [], bonds: [WeightEntry] = []) {
        self.subnet = subnet
        self.uid = uid
        self.weights = weights
        self.bonds = bonds
    }

    /// The neuron's value in one of the subnet's columns.
    subscript<Value>(_ column: KeyPath<SubnetView, [Value]>) -> Value { subnet[keyPath: column][position] }
}

extension RuntimeStruct where Source == NeuronView {
    /// - Source: spec 461, `pallet_subtensor::rpc_info::neuron_info::NeuronInfo`.
    static let neuron = Self(
        "pallet_subtensor::rpc_info::neuron_info::NeuronInfo",
        fields + [
            Field("weights") { $0.weights.map { Pair(Compact($0.first), Compact($0.second)) } },
            Field("bonds") { $0.bonds.map { Pair(Compact($0.first), Compact($0.second)) } },
            pruningScore,
        ])

    static let neuronLite = Self(
        "pallet_subtensor::rpc_info::neuron_info::NeuronInfoLite", fields + [pruningScore])

    private static let fields: [Field] = [
        Field("hotkey") { $0[\.hotkeys] },
        Field("coldkey") { $0[\.coldkeys] },
        Field("uid") { Compact($0.uid) },
        Field("netuid") { Compact($0.subnet.netuid) },
        Field("active") { $0[\.active] },
        Field("axon_info") { $0[\.axons] },
        Field("prometheus_info") { _ in PrometheusRecord() },
        Field("stake") { [Pair($0[\.coldkeys], Compact(AlphaBalance($0[\.stake])))] },
        Field("rank") { _ in Compact(UInt16(0)) },
        Field("emission") { Compact($0[\.emission]) },
        Field("incentive") { Compact($0[\.incentives]) },
        Field("consensus") { Compact($0[\.consensus]) },
        Field("trust") { _ in Compact(PerU16(integer: 0)) },
        Field("validator_trust") { Compact($0[\.validatorTrust]) },
        Field("dividends") { Compact($0[\.dividends]) },
        Field("last_update") { Compact($0[\.lastUpdate]) },
        Field("validator_permit") { $0[\.permit] },
    ]

    private static let pruningScore = Field("pruning_score") { _ in Compact(UInt16(0)) }
}
