import Signing
import Substrate
import Subtensor

/// A call that the runtime knows, decoded from its bytes.
enum DevnetCall: Sendable {
    case remark
    /// Unix milliseconds.
    case setTimestamp(UInt64)
    case setWeights(WeightSetting)
    /// Any way of committing weights: the local chain runs without commit-reveal.
    case commitWeights(Netuid)
    case serveAxon(Netuid, AxonRecord)
    /// With the most that the burn may be, in rao.
    case burnedRegister(Netuid, hotkey: AccountID, limit: UInt64)

    init(decoding bytes: [UInt8]) throws(DevnetError) {
        var decoder = ScaleDecoder(bytes)
        do {
            let pallet = try decoder.byte()
            let index = try decoder.byte()
            guard let call = CallDeclaration.calls(of: pallet).first(where: { $0.index == index }) else {
                throw DevnetError(.malformedExtrinsic, "the runtime has no call \(pallet).\(index)")
            }
            self = try call.read(&decoder)
            try decoder.finish()
        } catch let error as DevnetError {
            throw error
        } catch {
            throw DevnetError(.malformedExtrinsic, "the call does not decode", cause: error)
        }
    }
}

/// A call as the metadata shows it, and how its arguments are read.
struct CallDeclaration: Sendable {
    let name: String
    let index: UInt8
    let arguments: [TypeDeclaration.Field]
    let read: @Sendable (inout ScaleDecoder) throws -> DevnetCall

    init(
        _ name: String, _ index: UInt8, _ arguments: KeyValuePairs<String, String>,
        read: @escaping @Sendable (inout ScaleDecoder) throws -> DevnetCall
    ) {
        self.name = name
        self.index = index
        self.arguments = TypeDeclaration.Field.list(arguments)
        self.read = read
    }

    static func calls(of pallet: UInt8) -> [CallDeclaration] {
        switch pallet {
        case Pallet.system.index: system
        case Pallet.timestamp.index: timestamp
        case Pallet.subtensor.index: subtensor
        default: []
        }
    }

    private static let system = [
        CallDeclaration("remark", 0, ["remark": "Vec<u8>"]) {
            _ = try $0.byteVector()
            return .remark
        }
    ]

    private static let timestamp = [
        CallDeclaration("set", 0, ["now": "Compact<u64>"]) { .setTimestamp(try $0.compact(as: UInt64.self)) }
    ]

    /// Names, numbers and arguments as at spec 461.
    private static let subtensor = [
        CallDeclaration(
            "set_weights", 0,
            ["netuid": "NetUid", "dests": "Vec<u16>", "weights": "Vec<u16>", "version_key": "u64"]
        ) { .setWeights(try WeightSetting(from: &$0, hasMechanism: false)) },
        CallDeclaration("serve_axon", 4, axon) { decoder in
            let netuid = try Netuid(from: &decoder)
            return .serveAxon(netuid, try AxonRecord(fromCall: &decoder))
        },
        CallDeclaration("burned_register", 7, ["netuid": "NetUid", "hotkey": "AccountId32"]) { decoder in
            let netuid = try Netuid(from: &decoder)
            return .burnedRegister(netuid, hotkey: try AccountID(from: &decoder), limit: .max)
        },
        CallDeclaration("commit_weights", 96, ["netuid": "NetUid", "commit_hash": "H256"]) { decoder in
            let netuid = try Netuid(from: &decoder)
            _ = try BlockHash(from: &decoder)
            return .commitWeights(netuid)
        },
        CallDeclaration(
            "commit_mechanism_weights", 115, ["netuid": "NetUid", "mecid": "MechId", "commit_hash": "H256"]
        ) { decoder in
            let netuid = try Netuid(from: &decoder)
            _ = try decoder.bytes(count: 33)
            return .commitWeights(netuid)
        },
        CallDeclaration(
            "commit_timelocked_mechanism_weights", 118,
            [
                "netuid": "NetUid", "mecid": "MechId", "commit": "BoundedVec<u8>", "reveal_round": "u64",
                "commit_reveal_version": "u16",
            ]
        ) { decoder in
            let netuid = try Netuid(from: &decoder)
            _ = try decoder.byte()
            _ = try decoder.byteVector()
            _ = try decoder.bytes(count: 10)
            return .commitWeights(netuid)
        },
        CallDeclaration(
            "set_mechanism_weights", 119,
            [
                "netuid": "NetUid", "mecid": "MechId", "dests": "Vec<u16>", "weights": "Vec<u16>",
                "version_key": "u64",
            ]
        ) { .setWeights(try WeightSetting(from: &$0, hasMechanism: true)) },
        CallDeclaration(
            "register_limit", 134, ["netuid": "NetUid", "hotkey": "AccountId32", "limit_price": "u64"]
        ) { decoder in
            let netuid = try Netuid(from: &decoder)
            let hotkey = try AccountID(from: &decoder)
            return .burnedRegister(netuid, hotkey: hotkey, limit: try UInt64(from: &decoder))
        },
    ]

    private static let axon: KeyValuePairs = [
        "netuid": "NetUid", "version": "u32", "ip": "u128", "port": "u16", "ip_type": "u8", "protocol": "u8",
        "placeholder1": "u8", "placeholder2": "u8",
    ]
}

/// What a validator asks to be written as its weights.
struct WeightSetting: Sendable {
    let netuid: Netuid
    let mechanism: UInt8
    let uids: [UID]
    let values: [UInt16]
    let versionKey: UInt64

    init(from decoder: inout ScaleDecoder, hasMechanism: Bool) throws(SubstrateError) {
        netuid = try Netuid(from: &decoder)
        mechanism = hasMechanism ? try decoder.byte() : 0
        uids = try [UID](from: &decoder)
        values = try [UInt16](from: &decoder)
        versionKey = try decoder.integer()
    }
}

extension AxonRecord {
    /// The endpoint as `serve_axon` carries it: without the block.
    init(fromCall decoder: inout ScaleDecoder) throws(SubstrateError) {
        self.init()
        version = try decoder.integer()
        ip = try decoder.integer()
        port = try decoder.integer()
        ipType = try decoder.byte()
        protocolNumber = try decoder.byte()
        placeholder1 = try decoder.byte()
        placeholder2 = try decoder.byte()
    }
}
