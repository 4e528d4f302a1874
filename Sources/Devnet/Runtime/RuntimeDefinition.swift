import Signing
import Substrate

/// The local chain's runtime as its clients see it: metadata and version.
struct RuntimeDefinition: Sendable {
    /// The constants follow this spec version of Subtensor in names, numbers and layouts.
    static let specVersion: UInt32 = 461
    static let transactionVersion: UInt32 = 1
    static let specName = "thalamus-devnet"

    let codec: RuntimeCodec
    let encodedMetadata: [UInt8]
    /// Methods by the name `state_call` uses.
    let methods: [String: RuntimeMethod]

    /// - Parameter slotDuration: milliseconds between blocks, which clients read as `Aura.SlotDuration`.
    init(slotDuration: UInt64) {
        var builder = RuntimeMetadataBuilder(slotDuration: slotDuration)
        let metadata = builder.metadata()
        codec = RuntimeCodec(metadata)
        encodedMetadata = metadata.encodedV15()
        methods = Dictionary(uniqueKeysWithValues: RuntimeMethod.all.map { ($0.fullName, $0) })
    }
}

/// Puts the metadata together from the runtime's declarations.
struct RuntimeMetadataBuilder {
    private var types: TypeRegistryBuilder
    private let slotDuration: UInt64

    init(slotDuration: UInt64) {
        self.slotDuration = slotDuration
        let structs = [
            RuntimeStruct.metagraph, .subnetState, .hyperparameters, .hyperparametersV2, .dynamicInfo, .subnetInfo,
        ].map(\.declaration)
        let neurons = [RuntimeStruct.neuron, .neuronLite].map(\.declaration)
        types = TypeRegistryBuilder(
            RuntimeTypes.all + structs + neurons + [SelectiveMetagraph.declaration]
                + HyperparameterEntries.declarations + Self.pallets)
    }

    mutating func metadata() -> Metadata {
        let pallets = Pallet.allCases.map { pallet($0) }
        let apis = apis()
        let extrinsic = extrinsic()
        let outer = Metadata.OuterEnums(
            callType: types.id(of: "RuntimeCall"), eventType: types.id(of: "RuntimeEvent"),
            errorType: types.id(of: "RuntimeError"))
        let runtime = types.id(of: "Runtime")
        return Metadata(
            types: types.registry, pallets: pallets, extrinsic: extrinsic, runtimeType: runtime, apis: apis,
            outerEnums: outer)
    }

    private mutating func pallet(_ pallet: Pallet) -> Metadata.Pallet {
        let items = Storage.items(of: pallet).map { $0.entry(&types) }
        return Metadata.Pallet(
            name: pallet.rawValue, index: pallet.index,
            storage: items.isEmpty ? nil : Metadata.Storage(prefix: pallet.rawValue, entries: items),
            callType: pallet.calls.isEmpty ? nil : types.id(of: pallet.callTypeName),
            eventType: pallet.events.isEmpty ? nil : types.id(of: pallet.eventTypeName),
            constants: constants(of: pallet),
            errorType: pallet.errors.isEmpty ? nil : types.id(of: pallet.errorTypeName))
    }

    private mutating func constants(of pallet: Pallet) -> [Metadata.Constant] {
        switch pallet {
        case .system: [constant("BlockHashCount", UInt32(2_400)), constant("SS58Prefix", UInt16(42))]
        case .aura: [constant("SlotDuration", slotDuration)]
        case .timestamp: [constant("MinimumPeriod", slotDuration / 2)]
        case .balances: [constant("ExistentialDeposit", TaoBalance(500))]
        case .subtensor: [constant("InitialTempo", UInt16(10))]
        case .commitments, .drand: []
        }
    }

    private mutating func constant<Value: RuntimeValue>(_ name: String, _ value: Value) -> Metadata.Constant {
        Metadata.Constant(name: name, type: types.id(of: Value.typeName), value: value.scale)
    }

    private mutating func extrinsic() -> Metadata.Extrinsic {
        Metadata.Extrinsic(
            versions: [4], addressType: types.id(of: "MultiAddress"), callType: types.id(of: "RuntimeCall"),
            signatureType: types.id(of: "MultiSignature"), extraType: types.id(of: TransactionExtensions.extraType),
            extensions: TransactionExtensions.all.map {
                Metadata.TransactionExtension(
                    identifier: $0.identifier, type: types.id(of: $0.identifier),
                    additionalSigned: types.id(of: $0.additionalSigned))
            })
    }

    private mutating func apis() -> [Metadata.RuntimeAPI] {
        var names: [String] = []
        for method in RuntimeMethod.all where !names.contains(method.api) { names.append(method.api) }
        return names.map { name in
            Metadata.RuntimeAPI(
                name: name,
                methods: RuntimeMethod.all.filter { $0.api == name }.map { method in
                    Metadata.RuntimeAPI.Method(
                        name: method.name,
                        inputs: method.inputs.map { .init($0.name ?? "", types.id(of: $0.type)) },
                        output: types.id(of: method.output))
                })
        }
    }

    /// The call, event and error enums of the pallets, and the outer enums around them.
    private static let pallets: [TypeDeclaration] =
        Pallet.allCases.flatMap { pallet -> [TypeDeclaration] in
            [
                .variant("\(pallet.path)::Call", pallet.calls, named: pallet.callTypeName),
                .variant("\(pallet.path)::Event", pallet.events, named: pallet.eventTypeName),
                .variant("\(pallet.path)::Error", pallet.errors, named: pallet.errorTypeName),
            ]
        } + [
            outer("RuntimeCall", \.calls, \.callTypeName), outer("RuntimeEvent", \.events, \.eventTypeName),
            outer("RuntimeError", \.errors, \.errorTypeName),
        ]

    private static func outer(
        _ name: String, _ variants: KeyPath<Pallet, [TypeDeclaration.Variant]>, _ type: KeyPath<Pallet, String>
    ) -> TypeDeclaration {
        .variant(
            "thalamus_devnet_runtime::\(name)",
            Pallet.allCases.filter { !$0[keyPath: variants].isEmpty }.map {
                .init($0.rawValue, $0.index, ["": $0[keyPath: type]])
            })
    }
}

extension Pallet {
    var path: String {
        switch self {
        case .system: "frame_system::pallet"
        case .subtensor: "pallet_subtensor::pallet"
        default: "pallet_\(rawValue.lowercased())::pallet"
        }
    }

    var callTypeName: String { rawValue + "Call" }
    var eventTypeName: String { rawValue + "Event" }
    var errorTypeName: String { rawValue + "Error" }

    var calls: [TypeDeclaration.Variant] {
        CallDeclaration.calls(of: index).map { .init($0.name, $0.index, fields: $0.arguments) }
    }

    var events: [TypeDeclaration.Variant] {
        switch self {
        case .system: RuntimeEvent.systemVariants
        case .subtensor: RuntimeEvent.subtensorVariants
        default: []
        }
    }

    var errors: [TypeDeclaration.Variant] { self == .subtensor ? PalletError.variants : [] }
}

extension Storage {
    static func items(of pallet: Pallet) -> [any StorageItemDescription] {
        switch pallet {
        case .system: items(declaredBy: system)
        case .timestamp: items(declaredBy: timestamp)
        case .balances: items(declaredBy: balances)
        case .subtensor: items(declaredBy: subtensor)
        case .drand: items(declaredBy: drand)
        case .commitments: items(declaredBy: commitments)
        case .aura: []
        }
    }
}
