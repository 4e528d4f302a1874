import Signing
import Substrate
import Subtensor

/// What happened in a block.
enum RuntimeEvent: Sendable {
    case extrinsicSuccess(DispatchInfo)
    case extrinsicFailed(DispatchFault, DispatchInfo)
    case networkAdded(Netuid, mechanism: UInt16)
    case weightsSet(StorageIndex, UID)
    case neuronRegistered(Netuid, UID, hotkey: AccountID)
    case axonServed(Netuid, hotkey: AccountID)

    static let systemVariants: [TypeDeclaration.Variant] = [
        .init("ExtrinsicSuccess", 0, ["dispatch_info": "DispatchEventInfo"]),
        .init("ExtrinsicFailed", 1, ["dispatch_error": "DispatchError", "dispatch_info": "DispatchEventInfo"]),
    ]

    static let subtensorVariants: [TypeDeclaration.Variant] = [
        .init("NetworkAdded", 0, ["": "NetUid", "": "u16"]),
        .init("WeightsSet", 5, ["": "NetUidStorageIndex", "": "u16"]),
        .init("NeuronRegistered", 7, ["": "NetUid", "": "u16", "": "AccountId32"]),
        .init("AxonServed", 29, ["": "NetUid", "": "AccountId32"]),
    ]

    func encode(to encoder: inout ScaleEncoder) {
        switch self {
        case .extrinsicSuccess(let info):
            encoder.raw([Pallet.system.index, 0])
            info.encode(to: &encoder)
        case .extrinsicFailed(let fault, let info):
            encoder.raw([Pallet.system.index, 1])
            fault.encode(to: &encoder)
            info.encode(to: &encoder)
        case .networkAdded(let netuid, let mechanism):
            encoder.raw([Pallet.subtensor.index, 0])
            netuid.encode(to: &encoder)
            encoder.integer(mechanism)
        case .weightsSet(let index, let uid):
            encoder.raw([Pallet.subtensor.index, 5])
            index.encode(to: &encoder)
            uid.encode(to: &encoder)
        case .neuronRegistered(let netuid, let uid, let hotkey):
            encoder.raw([Pallet.subtensor.index, 7])
            netuid.encode(to: &encoder)
            uid.encode(to: &encoder)
            hotkey.encode(to: &encoder)
        case .axonServed(let netuid, let hotkey):
            encoder.raw([Pallet.subtensor.index, 29])
            netuid.encode(to: &encoder)
            hotkey.encode(to: &encoder)
        }
    }
}

/// What an extrinsic weighed; the devnet weighs nothing.
struct DispatchInfo: Sendable {
    enum Class: UInt8, Sendable { case normal, operational, mandatory }
    var dispatchClass = Class.normal
    var paysFee = false

    func encode(to encoder: inout ScaleEncoder) {
        encoder.compact(0)
        encoder.compact(0)
        encoder.byte(dispatchClass.rawValue)
        encoder.byte(paysFee ? 0 : 1)
    }
}

/// Why a call failed inside its block: Substrate's `DispatchError`.
enum DispatchFault: Error, Sendable {
    case other
    case badOrigin
    case subtensor(PalletError)

    func encode(to encoder: inout ScaleEncoder) {
        switch self {
        case .other: encoder.byte(0)
        case .badOrigin: encoder.byte(2)
        case .subtensor(let error): encoder.raw([3, Pallet.subtensor.index, error.index, 0, 0, 0])
        }
    }
}

/// The events of one block, each with the phase it happened in.
struct EventList: RuntimeValue {
    enum Phase: Sendable {
        case extrinsic(UInt32)
        case finalization, initialization
    }

    static var typeName: String { "Vec<EventRecord>" }
    private(set) var count: UInt32 = 0
    private var records = ScaleEncoder()

    init() {}

    mutating func append(_ event: RuntimeEvent, in phase: Phase) {
        count += 1
        switch phase {
        case .extrinsic(let index):
            records.byte(0)
            records.integer(index)
        case .finalization: records.byte(1)
        case .initialization: records.byte(2)
        }
        event.encode(to: &records)
        records.count(0)
    }

    func encode(to encoder: inout ScaleEncoder) {
        encoder.compact(UInt128(count))
        encoder.raw(records.bytes)
    }

    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        preconditionFailure("nothing in the runtime reads events back")
    }
}

/// A pallet's name and number.
enum Pallet: String, CaseIterable, Sendable {
    case system = "System"
    case timestamp = "Timestamp"
    case aura = "Aura"
    case balances = "Balances"
    case subtensor = "SubtensorModule"
    case commitments = "Commitments"
    case drand = "Drand"

    /// As at spec 461.
    var index: UInt8 {
        switch self {
        case .system: 0
        case .timestamp: 2
        case .aura: 3
        case .balances: 5
        case .subtensor: 7
        case .commitments: 18
        case .drand: 26
        }
    }
}
