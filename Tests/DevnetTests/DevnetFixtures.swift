import Signing
import Substrate
import Subtensor
import Testing

@testable import Devnet

/// A chain with one validator and two miners on subnet 2, driven block by block.
struct TestChain {
    static let netuid = Netuid(2)
    let chain: Chain
    let validator: SR25519KeyPair
    let miners: [SR25519KeyPair]
    let coldkey: SR25519KeyPair

    var codec: RuntimeCodec { chain.runtime.codec }

    init(_ change: (inout DevnetConfiguration) -> Void = { _ in }) throws {
        validator = try SR25519KeyPair(uri: "//Validator")
        miners = [try SR25519KeyPair(uri: "//Miner1"), try SR25519KeyPair(uri: "//Miner2")]
        coldkey = try SR25519KeyPair(uri: "//Cold")
        var configuration = Self.configuration(validator: validator, miners: miners, coldkey: coldkey)
        change(&configuration)
        chain = try Chain(configuration)
    }

    static func configuration(
        validator: SR25519KeyPair, miners: [SR25519KeyPair], coldkey: SR25519KeyPair
    ) -> DevnetConfiguration {
        let coldkey = Coldkey(coldkey.accountID)
        var subnet = DevnetConfiguration.Subnet(netuid: netuid)
        subnet.tempo = 5
        subnet.neurons =
            [
                .init(
                    hotkey: Hotkey(validator.accountID), coldkey: coldkey, stake: Rao(1_000_000_000_000),
                    hasValidatorPermit: true)
            ] + miners.map { .init(hotkey: Hotkey($0.accountID), coldkey: coldkey) }
        var configuration = DevnetConfiguration(subnets: [subnet])
        configuration.port = 0
        return configuration
    }

    var head: StorageSnapshot {
        get throws { try #require(chain.snapshot(at: chain.head)) }
    }

    func produce(_ count: Int) {
        for _ in 0..<count { chain.produceBlock(now: 1_700_000_000_000) }
    }

    /// A signed extrinsic with the signer's next nonce, unless another is given.
    func extrinsic(
        _ call: Substrate.RuntimeCall, by signer: SR25519KeyPair, nonce: UInt32? = nil, specVersion: UInt32? = nil
    ) throws -> [UInt8] {
        let head = chain.head
        var identity = chain.identity
        if let specVersion { identity.specVersion = specVersion }
        let parameters = ExtrinsicParameters(
            era: Era(period: 64, current: UInt64(head.number)), eraBlockHash: head.hash.bytes,
            nonce: nonce ?? chain.nextNonce(of: signer.accountID))
        return try codec.sign(call: codec.encode(call), parameters, on: identity, by: signer).bytes
    }

    func setWeights(
        _ weights: [(UInt16, UInt16)], netuid: UInt16 = 2, mechanism: UInt8 = 0, versionKey: UInt64 = 0
    ) -> Substrate.RuntimeCall {
        Substrate.RuntimeCall(
            "SubtensorModule", "set_mechanism_weights",
            [
                "netuid": .number(netuid), "mecid": .number(mechanism),
                "dests": .sequence(weights.map { .number($0.0) }), "weights": .sequence(weights.map { .number($0.1) }),
                "version_key": .number(versionKey),
            ])
    }

    /// Submits, makes a block, and returns how the call failed there; `nil` when it did not.
    func outcome(of call: Substrate.RuntimeCall, by signer: SR25519KeyPair) throws -> String? {
        let hash = try chain.submit(extrinsic(call, by: signer))
        let block = chain.produceBlock(now: 1_700_000_000_000)
        let index = try #require(block.extrinsicHashes.firstIndex(of: hash))
        let events = try codec.decodeEvents(head.bytes(at: Storage.system.events.key()))
        let event = try #require(
            events.last { $0.extrinsicIndex == UInt32(index) && $0.pallet == "System" })
        guard event.name == "ExtrinsicFailed" else { return nil }
        return codec.dispatchFailure(try #require(event["dispatch_error"])).name
    }
}
