import Substrate
import Subtensor
import Testing

@testable import Devnet

@Suite("Runtime metadata") struct RuntimeMetadataTests {
    let runtime = RuntimeDefinition(slotDuration: 1_000)

    @Test("decodes to what was encoded") func roundTrip() throws {
        #expect(try Metadata(decoding: runtime.encodedMetadata) == runtime.codec.metadata)
    }

    @Test("refers only to types it lists") func noPlaceholders() {
        let types = runtime.codec.metadata.types
        for (index, type) in types.types.enumerated() where type.definition == .tuple([]) {
            // Of the empty tuples only `()` itself may be left.
            #expect(types.types[..<index].allSatisfy { $0.definition != .tuple([]) })
        }
    }

    @Test("lists extensions in the order of their bytes") func extensions() {
        #expect(
            runtime.codec.metadata.extrinsic.extensions.map(\.identifier) == [
                "CheckNonZeroSender", "CheckSpecVersion", "CheckTxVersion", "CheckGenesis", "CheckMortality",
                "CheckNonce", "CheckWeight", "ChargeTransactionPayment", "SudoTransactionExtension",
                "CheckShieldedTxValidity", "SubtensorTransactionExtension", "DrandPriority", "CheckMetadataHash",
            ])
    }

    @Test(
        "numbers calls as Subtensor does",
        arguments: [
            (name: "set_weights", index: 0), (name: "serve_axon", index: 4), (name: "burned_register", index: 7),
            (name: "set_mechanism_weights", index: 119), (name: "commit_timelocked_mechanism_weights", index: 118),
        ] as [(name: String, index: UInt8)])
    func calls(name: String, index: UInt8) {
        #expect(CallDeclaration.calls(of: 7).first { $0.name == name }?.index == index)
    }

    @Test(
        "numbers errors as Subtensor does",
        arguments: [
            (error: PalletError.hotKeyNotRegisteredInSubNet, index: 4), (error: .neuronNoValidatorPermit, index: 15),
            (error: .settingWeightsTooFast, index: 29), (error: .commitRevealEnabled, index: 53),
            (error: .mechanismDoesNotExist, index: 74), (error: .subnetNotExists, index: 76),
        ] as [(error: PalletError, index: UInt8)])
    func errors(error: PalletError, index: UInt8) {
        #expect(error.index == index)
        #expect(runtime.codec.moduleError(palletIndex: 7, errorIndex: index).name == error.name)
    }

    @Test("has a decodable default for every storage item") func storageDefaults() throws {
        for pallet in runtime.codec.metadata.pallets {
            for entry in pallet.storage?.entries ?? [] where entry.modifier == .default {
                _ = try runtime.codec.decode(entry.defaultValue, as: entry.valueType)
            }
        }
    }

    /// - Source: subtensor spec 461, `Tempo(1)`.
    @Test("makes Subtensor's storage keys") func storageKey() {
        let expected = "658faa385070e074c85bf6b568cf05557641384bb339f3758acddfd7053d33170100"
        #expect(RPCHex.text(Storage.subtensor.tempo.key(.init(1))) == "0x" + expected)
    }
}
