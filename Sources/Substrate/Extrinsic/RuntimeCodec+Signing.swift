public import Signing

extension RuntimeCodec {
    /// What the extrinsic carries between signature and call, extension by extension in the runtime's order.
    ///
    /// - Throws: `unsupportedExtension` for one that carries bytes we know nothing about.
    public func extra(_ parameters: ExtrinsicParameters) throws(SubstrateError) -> [UInt8] {
        var encoder = ScaleEncoder()
        for item in metadata.extrinsic.extensions {
            switch item.identifier {
            case "CheckMortality", "CheckEra": encoder.raw(parameters.era.encoded)
            case "CheckNonce": try encode(.number(parameters.nonce), as: item.type, into: &encoder)
            case "ChargeTransactionPayment": try encode(.number(parameters.tip), as: item.type, into: &encoder)
            case "CheckMetadataHash":
                let mode = ScaleValue.choice(parameters.metadataHash == nil ? "Disabled" : "Enabled")
                try encode(.record(["mode": mode]), as: item.type, into: &encoder)
            default: try checkEmpty(item.type, item)
            }
        }
        return encoder.bytes
    }

    /// What is signed besides call and ``extra(_:)``.
    ///
    /// - Throws: `unsupportedExtension` as ``extra(_:)``.
    public func additionalSigned(
        _ parameters: ExtrinsicParameters, on chain: ChainIdentity
    ) throws(SubstrateError) -> [UInt8] {
        var encoder = ScaleEncoder(capacity: 80)
        for item in metadata.extrinsic.extensions {
            let value: ScaleValue
            switch item.identifier {
            case "CheckSpecVersion": value = .number(chain.specVersion)
            case "CheckTxVersion": value = .number(chain.transactionVersion)
            case "CheckGenesis": value = .bytes(chain.genesisHash)
            case "CheckMortality", "CheckEra":
                value = .bytes(parameters.era == .immortal ? chain.genesisHash : parameters.eraBlockHash)
            case "CheckMetadataHash": value = .option(parameters.metadataHash.map { .bytes($0) })
            default:
                try checkEmpty(item.additionalSigned, item)
                continue
            }
            try encode(value, as: item.additionalSigned, into: &encoder)
        }
        return encoder.bytes
    }

    /// The bytes to sign: call, extra and additional, or their blake2b-256 when longer than 256 bytes.
    public static func signedBytes(call: [UInt8], extra: [UInt8], additionalSigned: [UInt8]) -> [UInt8] {
        let payload = call + extra + additionalSigned
        return payload.count > 256 ? Hash.blake2b256(payload) : payload
    }

    /// A signed version 4 extrinsic around an encoded call.
    public func sign(
        call: [UInt8], _ parameters: ExtrinsicParameters, on chain: ChainIdentity, by signer: SR25519KeyPair
    ) throws(SubstrateError) -> EncodedExtrinsic {
        let extra = try extra(parameters)
        let message = Self.signedBytes(
            call: call, extra: extra, additionalSigned: try additionalSigned(parameters, on: chain))
        return EncodedExtrinsic(signer: signer.accountID, signature: signer.sign(message), extra: extra, call: call)
    }

    private func checkEmpty(
        _ type: TypeID, _ item: Metadata.TransactionExtension
    ) throws(SubstrateError) {
        guard isEmpty(type, depth: 0) else {
            throw SubstrateError(
                .unsupportedExtension,
                "the runtime's transaction extension \(item.identifier) carries data unknown to this version of "
                    + "Thalamus, so it cannot sign for this runtime")
        }
    }

    /// Whether every value of the type encodes to no bytes.
    private func isEmpty(_ type: TypeID, depth: Int) -> Bool {
        guard depth < 16, let shape = try? shape(type) else { return false }
        switch shape {
        case .newtype(let inner): return isEmpty(inner, depth: depth + 1)
        case .tuple(let elements): return elements.allSatisfy { isEmpty($0, depth: depth + 1) }
        case .composite(let fields): return fields.allSatisfy { isEmpty($0.type, depth: depth + 1) }
        case .byteArray(let count): return count == 0
        case .array(let count, let element): return count == 0 || isEmpty(element, depth: depth + 1)
        case .compact(let width): return width == 0
        default: return false
        }
    }
}

/// An extrinsic ready to be submitted.
public struct EncodedExtrinsic: Hashable, Sendable {
    /// With its length in front.
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// Version 4, `MultiAddress::Id`, `MultiSignature::Sr25519`.
    public init(signer: AccountID, signature: SR25519Signature, extra: [UInt8], call: [UInt8]) {
        var body = ScaleEncoder(capacity: 128 + extra.count + call.count)
        body.byte(0x84)
        body.byte(0)
        body.raw(signer.bytes)
        body.byte(1)
        body.raw(signature.bytes)
        body.raw(extra)
        body.raw(call)
        var encoder = ScaleEncoder(capacity: body.bytes.count + 4)
        encoder.byteVector(body.bytes)
        bytes = encoder.bytes
    }

    /// What the chain calls this extrinsic.
    public var hash: [UInt8] { Hash.blake2b256(bytes) }
}
