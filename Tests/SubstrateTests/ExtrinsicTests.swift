import JSON
import Signing
import Substrate
import Testing

@Suite("Extrinsic") struct ExtrinsicTests {
    let codec: RuntimeCodec
    init() throws { codec = try #require(Fixture.codec) }

    @Test("eras are the reference's and read back")
    func eras() throws {
        let vectors = try Fixture.json("bittensor-core@0.1.5/extrinsics_spec461.json")
        #expect(Era.immortal.encoded == [0])
        for row in try vectors.list("eras") where row["immortal"] == nil {
            let current: UInt64 = try row.number("current")
            let birth: UInt64 = try row.number("birth")
            let era = Era(period: try row.number("period"), current: current)
            #expect(era.encoded == (try row.hex("encoded")))
            #expect(era.birth(current: current) == birth)
            var decoder = ScaleDecoder(era.encoded)
            #expect(try Era(from: &decoder) == era)
        }
    }

    @Test("payloads and extrinsics are the reference's, and its signatures verify")
    func signed() throws {
        let vectors = try Fixture.json("bittensor-core@0.1.5/extrinsics_spec461.json")
        for row in try vectors.list("signed") {
            let (chain, parameters) = try context(row)
            let call = try row.hex("call_data")
            let extra = try codec.extra(parameters)
            #expect(extra == (try row.hex("extra")))
            let additional = try codec.additionalSigned(parameters, on: chain)
            #expect(additional == (try row.hex("additional_signed")))
            let message = RuntimeCodec.signedBytes(call: call, extra: extra, additionalSigned: additional)
            #expect(message == (try row.hex("signed_bytes")))
            let signature = try #require(SR25519Signature(bytes: try row.hex("signature")))
            let account = try #require(AccountID(bytes: try row.hex("signer_public")))
            let extrinsic = EncodedExtrinsic(signer: account, signature: signature, extra: extra, call: call)
            #expect(extrinsic.bytes == (try row.hex("extrinsic")))
            #expect(extrinsic.hash == (try row.hex("extrinsic_hash")))
            #expect(SR25519.isValid(signature, for: message, by: account))

            let decoded = try codec.decodeExtrinsic(extrinsic.bytes)
            #expect(decoded.signature?.signer == account)
            #expect(decoded.signature?.nonce == parameters.nonce)
            #expect(decoded.signature?.tip == parameters.tip)
            #expect(decoded.signature?.era == parameters.era)
            #expect(
                try decoded.signedBytes(
                    codec, on: chain, eraBlockHash: parameters.eraBlockHash, metadataHash: parameters.metadataHash)
                    == message)
        }
    }

    @Test("what we sign verifies for the account that decoding finds")
    func ownSignature() throws {
        let alice = try SR25519KeyPair(uri: "//Alice")
        let chain = ChainIdentity(
            genesisHash: Array(repeating: 7, count: 32), specVersion: 461, transactionVersion: 1)
        let parameters = ExtrinsicParameters(
            era: Era(period: 128, current: 1_000), eraBlockHash: Array(repeating: 9, count: 32), nonce: 3)
        let call = try codec.encode(
            RuntimeCall(
                "SubtensorModule", "set_mechanism_weights",
                ["netuid": 1, "mecid": 0, "dests": [0, 1], "weights": [65_535, 1], "version_key": 0]))
        let extrinsic = try codec.sign(call: call, parameters, on: chain, by: alice)
        let decoded = try codec.decodeExtrinsic(extrinsic.bytes)
        let signature = try #require(decoded.signature)
        let message = try #require(
            try decoded.signedBytes(codec, on: chain, eraBlockHash: parameters.eraBlockHash))
        #expect(signature.signer == alice.accountID)
        let proof = try #require(SR25519Signature(bytes: signature.bytes))
        #expect(SR25519.isValid(proof, for: message, by: signature.signer))
        #expect(decoded.call["weights"] == [65_535, 1])
    }

    @Test("an unknown extension is signed for only when it carries nothing")
    func unknownExtensions() throws {
        var metadata = codec.metadata
        let empty = metadata.types.add(TypeDefinition(.tuple([])))
        metadata.extrinsic.extensions.append(
            .init(identifier: "CheckSomethingNew", type: empty, additionalSigned: empty))
        let parameters = ExtrinsicParameters(nonce: 0)
        #expect(try RuntimeCodec(metadata).extra(parameters) == codec.extra(parameters))
        let byte = metadata.types.add(TypeDefinition(.primitive(.u8)))
        metadata.extrinsic.extensions.append(.init(identifier: "Unheard", type: byte, additionalSigned: empty))
        let error = #expect(throws: SubstrateError.self) { try RuntimeCodec(metadata).extra(parameters) }
        #expect(error?.code == .unsupportedExtension)
        #expect(error?.message.contains("Unheard") == true)
    }

    private func context(_ row: JSONElement) throws -> (ChainIdentity, ExtrinsicParameters) {
        var era = Era.immortal
        if let mortal = row["era"], mortal.kind == .object {
            era = Era(period: try mortal.number("period"), current: try mortal.number("current"))
        }
        let chain = ChainIdentity(
            genesisHash: try row.hex("genesis_hash"), specVersion: try row.number("spec_version"),
            transactionVersion: try row.number("transaction_version"))
        let parameters = ExtrinsicParameters(
            era: era, eraBlockHash: try row.hex("era_block_hash"), nonce: try row.number("nonce"),
            tip: try row.number("tip"), metadataHash: row["metadata_hash"]?.string.flatMap { [UInt8](hex: $0) })
        return (chain, parameters)
    }
}
