public import Signing

/// An extrinsic taken apart.
public struct DecodedExtrinsic: Hashable, Sendable {
    public struct Signature: Hashable, Sendable {
        public enum Scheme: String, Hashable, Sendable { case ed25519, sr25519, ecdsa }
        public let signer: AccountID
        public let scheme: Scheme
        /// 64 bytes; 65 for ECDSA.
        public let bytes: [UInt8]
        public let era: Era
        public let nonce: UInt32
        /// In rao.
        public let tip: UInt64
        /// Whether the signer bound the extrinsic to the metadata hash.
        public let isBoundToMetadata: Bool
        /// The extensions' bytes as they came.
        public let extra: [UInt8]
    }

    /// Nil for inherents and other unsigned extrinsics.
    public let signature: Signature?
    public let call: RuntimeCall
    /// The call's bytes as they came.
    public let callBytes: [UInt8]

    /// The bytes that the signature has to sign; nil when unsigned.
    ///
    /// - Parameter eraBlockHash: hash of the era's birth block.
    public func signedBytes(
        _ codec: RuntimeCodec, on chain: ChainIdentity, eraBlockHash: [UInt8], metadataHash: [UInt8]? = nil
    ) throws(SubstrateError) -> [UInt8]? {
        guard let signature else { return nil }
        let parameters = ExtrinsicParameters(
            era: signature.era, eraBlockHash: eraBlockHash, nonce: signature.nonce, tip: signature.tip,
            metadataHash: metadataHash)
        return RuntimeCodec.signedBytes(
            call: callBytes, extra: signature.extra,
            additionalSigned: try codec.additionalSigned(parameters, on: chain))
    }
}

extension RuntimeCodec {
    /// Takes apart an extrinsic with its length in front: unsigned, or signed version 4 by an account id.
    public func decodeExtrinsic(_ bytes: [UInt8]) throws(SubstrateError) -> DecodedExtrinsic {
        var decoder = ScaleDecoder(bytes)
        guard try decoder.compact(as: Int.self) == decoder.remaining else {
            throw .malformed("the extrinsic's length is not what it says")
        }
        let version = try decoder.byte()
        let signature: DecodedExtrinsic.Signature?
        switch version {
        case 0x04, 0x05: signature = nil
        case 0x84: signature = try decodeSignature(from: &decoder, bytes)
        default: throw .malformed("extrinsics of version byte \(version) are not read")
        }
        let callBytes = Array(bytes.dropFirst(decoder.position))
        return DecodedExtrinsic(
            signature: signature, call: try decodeCall(callBytes), callBytes: callBytes)
    }

    private func decodeSignature(
        from decoder: inout ScaleDecoder, _ bytes: [UInt8]
    ) throws(SubstrateError) -> DecodedExtrinsic.Signature {
        let kind = try decoder.byte()
        guard kind == 0, let signer = AccountID(bytes: try decoder.bytes(count: 32)) else {
            throw .malformed("signers of address kind \(kind) are not read")
        }
        let scheme: DecodedExtrinsic.Signature.Scheme
        switch try decoder.byte() {
        case 0: scheme = .ed25519
        case 1: scheme = .sr25519
        case 2: scheme = .ecdsa
        case let tag: throw .malformed("no signature scheme has number \(tag)")
        }
        let signature = try decoder.bytes(count: scheme == .ecdsa ? 65 : 64)
        let start = decoder.position
        var era = Era.immortal
        var nonce: UInt32 = 0
        var tip: UInt64 = 0
        var isBoundToMetadata = false
        for item in metadata.extrinsic.extensions {
            switch item.identifier {
            case "CheckMortality", "CheckEra": era = try Era(from: &decoder)
            case "CheckNonce":
                let value = try decode(from: &decoder, as: item.type)
                guard let number = value.integer(UInt32.self) else { throw .malformed("a nonce over 32 bits") }
                nonce = number
            case "ChargeTransactionPayment":
                let value = try decode(from: &decoder, as: item.type)
                guard let amount = value.integer(UInt64.self) else { throw .malformed("a tip over 64 bits") }
                tip = amount
            case "CheckMetadataHash":
                let value = try decode(from: &decoder, as: item.type)
                isBoundToMetadata = (value["mode"] ?? value).caseName == "Enabled"
            default: _ = try decode(from: &decoder, as: item.type)
            }
        }
        return DecodedExtrinsic.Signature(
            signer: signer, scheme: scheme, bytes: signature, era: era, nonce: nonce, tip: tip,
            isBoundToMetadata: isBoundToMetadata, extra: Array(bytes[start..<decoder.position]))
    }
}
