import Signing
import Substrate
import Subtensor

/// A method of a runtime API: how the metadata shows it, and its answer.
struct RuntimeMethod: Sendable {
    /// What a method can read: the storage at the block, and the runtime itself.
    struct Context {
        let state: StorageSnapshot
        let runtime: RuntimeDefinition

        /// The subnets in order.
        var netuids: [Netuid] {
            let item = Storage.subtensor.networksAdded
            return state.keys(withPrefix: item.prefix)
                .compactMap { key in
                    var decoder = ScaleDecoder(Array(key.dropFirst(item.prefix.count)))
                    return try? Netuid(from: &decoder)
                }
                .sorted { $0.rawValue < $1.rawValue }
        }
    }

    typealias Answer = @Sendable (Context, inout ScaleDecoder, inout ScaleEncoder) throws -> Void

    let api: String
    let name: String
    let inputs: [TypeDeclaration.Field]
    let output: String
    let answer: Answer

    /// As `state_call` names it.
    var fullName: String { "\(api)_\(name)" }

    init(
        _ api: String, _ name: String, _ inputs: KeyValuePairs<String, String> = [:], returns output: String,
        answer: @escaping Answer
    ) {
        self.api = api
        self.name = name
        self.inputs = TypeDeclaration.Field.list(inputs)
        self.output = output
        self.answer = answer
    }
}

extension RuntimeMethod {
    static let all = core + neurons + subnets + metagraphs

    private static let core: [RuntimeMethod] = [
        RuntimeMethod("Metadata", "metadata", returns: "OpaqueMetadata") { context, _, encoder in
            encoder.byteVector(context.runtime.encodedMetadata)
        },
        RuntimeMethod("Metadata", "metadata_at_version", ["version": "u32"], returns: "Option<OpaqueMetadata>") {
            context, decoder, encoder in
            let version: UInt32 = try decoder.integer()
            encoder.option(version == 15 ? context.runtime.encodedMetadata : nil) { $0.byteVector($1) }
        },
        RuntimeMethod("Metadata", "metadata_versions", returns: "Vec<u32>") { _, _, encoder in
            [UInt32(15)].encode(to: &encoder)
        },
        RuntimeMethod("AccountNonceApi", "account_nonce", ["account": "AccountId32"], returns: "u32") {
            context, decoder, encoder in
            let account = try AccountID(from: &decoder)
            context.state.read(Storage.system.account, account).nonce.encode(to: &encoder)
        },
        RuntimeMethod(
            "TransactionPaymentApi", "query_info", ["uxt": "UncheckedExtrinsic", "len": "u32"],
            returns: "RuntimeDispatchInfo"
        ) { _, _, encoder in
            // No weight, class normal, no fee: every call of the local chain is free.
            encoder.raw([0, 0, 0])
            encoder.integer(UInt64(0))
        },
        RuntimeMethod("SwapRuntimeApi", "current_alpha_price", ["netuid": "NetUid"], returns: "u64") {
            _, _, encoder in
            encoder.integer(UInt64(1_000_000_000))
        },
        RuntimeMethod("SwapRuntimeApi", "current_alpha_price_all", returns: "Vec<SubnetPrice>") {
            context, _, encoder in
            encoder.vector(context.netuids) { encoder, netuid in
                netuid.encode(to: &encoder)
                encoder.integer(UInt64(1_000_000_000))
            }
        },
    ]

    private static let neurons: [RuntimeMethod] = [
        neuronList("get_neurons", .neuron), neuronList("get_neurons_lite", .neuronLite),
        neuron("get_neuron", .neuron), neuron("get_neuron_lite", .neuronLite),
    ]

    private static let subnets: [RuntimeMethod] = [
        subnet("get_subnet_hyperparams", .hyperparameters),
        subnet("get_subnet_hyperparams_v2", .hyperparametersV2),
        RuntimeMethod(
            "SubnetInfoRuntimeApi", "get_subnet_hyperparams_v3", ["netuid": "NetUid"],
            returns: "Option<\(HyperparameterEntries.typeName)>"
        ) { context, decoder, encoder in
            let netuid = try Netuid(from: &decoder)
            encoder.option(SubnetView(netuid, context.state)) { HyperparameterEntries(view: $1).encode(to: &$0) }
        },
        subnet("get_dynamic_info", .dynamicInfo), subnetList("get_all_dynamic_info", .dynamicInfo),
        subnet("get_subnet_info_v2", .subnetInfo), subnetList("get_subnets_info_v2", .subnetInfo),
        subnet("get_subnet_state", .subnetState),
        RuntimeMethod(
            "SubnetInfoRuntimeApi", "get_next_epoch_start_block", ["netuid": "NetUid"], returns: "Option<u64>"
        ) { context, decoder, encoder in
            let netuid = try Netuid(from: &decoder)
            let items = Storage.subtensor
            let tempo = UInt64(context.state.read(items.tempo, netuid))
            let next = context.state.read(items.lastEpochBlock, netuid) + tempo
            (context.state.read(items.networksAdded, netuid) && tempo > 0 ? next : nil).encode(to: &encoder)
        },
    ]

    private static let metagraphs: [RuntimeMethod] = [
        subnet("get_metagraph", .metagraph), subnetList("get_all_metagraphs", .metagraph),
        RuntimeMethod(
            "SubnetInfoRuntimeApi", "get_mechagraph", ["netuid": "NetUid", "mecid": "MechId"],
            returns: "Option<\(RuntimeStruct.metagraph.typeName)>"
        ) { context, decoder, encoder in
            let netuid = try Netuid(from: &decoder)
            let view = SubnetView(netuid, mechanism: try decoder.byte(), context.state)
            encoder.option(view) { RuntimeStruct.metagraph.encode($1, to: &$0) }
        },
        RuntimeMethod(
            "SubnetInfoRuntimeApi", "get_selective_metagraph",
            ["netuid": "NetUid", "metagraph_indexes": "Vec<u16>"], returns: "Option<SelectiveMetagraph>"
        ) { context, decoder, encoder in
            let netuid = try Netuid(from: &decoder)
            try selective(SubnetView(netuid, context.state), &decoder, &encoder)
        },
        RuntimeMethod(
            "SubnetInfoRuntimeApi", "get_selective_mechagraph",
            ["netuid": "NetUid", "subid": "MechId", "metagraph_indexes": "Vec<u16>"],
            returns: "Option<SelectiveMetagraph>"
        ) { context, decoder, encoder in
            let netuid = try Netuid(from: &decoder)
            let mechanism = try decoder.byte()
            try selective(SubnetView(netuid, mechanism: mechanism, context.state), &decoder, &encoder)
        },
    ]

    private static func selective(
        _ view: SubnetView?, _ decoder: inout ScaleDecoder, _ encoder: inout ScaleEncoder
    ) throws {
        let fields = Set(try [UInt16](from: &decoder))
        encoder.option(view) { SelectiveMetagraph(view: $1, fields: fields).encode(to: &$0) }
    }

    private static func subnet(_ name: String, _ shape: RuntimeStruct<SubnetView>) -> RuntimeMethod {
        RuntimeMethod(
            "SubnetInfoRuntimeApi", name, ["netuid": "NetUid"], returns: "Option<\(shape.typeName)>"
        ) { context, decoder, encoder in
            let netuid = try Netuid(from: &decoder)
            encoder.option(SubnetView(netuid, context.state)) { shape.encode($1, to: &$0) }
        }
    }

    private static func subnetList(_ name: String, _ shape: RuntimeStruct<SubnetView>) -> RuntimeMethod {
        RuntimeMethod("SubnetInfoRuntimeApi", name, returns: "Vec<Option<\(shape.typeName)>>") {
            context, _, encoder in
            encoder.vector(context.netuids) { encoder, netuid in
                encoder.option(SubnetView(netuid, context.state)) { shape.encode($1, to: &$0) }
            }
        }
    }

    private static func neuronList(_ name: String, _ shape: RuntimeStruct<NeuronView>) -> RuntimeMethod {
        RuntimeMethod("NeuronInfoRuntimeApi", name, ["netuid": "NetUid"], returns: "Vec<\(shape.typeName)>") {
            context, decoder, encoder in
            guard let subnet = SubnetView(try Netuid(from: &decoder), context.state) else { return encoder.count(0) }
            encoder.vector(subnet.uids) { shape.encode(view(of: $1, in: subnet, context), to: &$0) }
        }
    }

    private static func neuron(_ name: String, _ shape: RuntimeStruct<NeuronView>) -> RuntimeMethod {
        RuntimeMethod(
            "NeuronInfoRuntimeApi", name, ["netuid": "NetUid", "uid": "u16"], returns: "Option<\(shape.typeName)>"
        ) { context, decoder, encoder in
            let subnet = SubnetView(try Netuid(from: &decoder), context.state)
            let uid = try UID(from: &decoder)
            let neuron = subnet.flatMap { $0.uids.contains(uid) ? view(of: uid, in: $0, context) : nil }
            encoder.option(neuron) { shape.encode($1, to: &$0) }
        }
    }

    private static func view(of uid: UID, in subnet: SubnetView, _ context: Context) -> NeuronView {
        let index = StorageIndex(subnet.netuid)
        return NeuronView(
            subnet, uid, weights: context.state.read(Storage.subtensor.weights, index, uid),
            bonds: context.state.read(Storage.subtensor.bonds, index, uid))
    }
}
