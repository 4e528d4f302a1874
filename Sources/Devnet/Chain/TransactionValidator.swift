import Signing
import Substrate

/// Why the runtime does not take a transaction at all.
///
/// - Source: Substrate, `InvalidTransaction`; the texts are those nodes give over JSON-RPC.
enum InvalidTransaction: Error, Hashable, Sendable {
    case stale, future, badProof, ancientBirthBlock
    case custom(PoolRefusal)

    var text: String {
        switch self {
        case .stale: "Transaction is outdated"
        case .future: "Transaction will be valid in the future"
        case .badProof: "Transaction has a bad signature"
        case .ancientBirthBlock: "Transaction has an ancient birth block"
        case .custom(let refusal): "Custom error: \(refusal.code)"
        }
    }
}

/// Checks signature, era, nonce and Subtensor's own conditions of a transaction.
struct TransactionValidator {
    let codec: RuntimeCodec
    let identity: ChainIdentity
    /// The hash of a block of this chain, `nil` when it is not known any more.
    let hash: (UInt64) -> BlockHash?

    /// A transaction and what it calls.
    struct Checked {
        let transaction: PooledTransaction
        let call: DevnetCall
    }

    /// Takes the bytes apart.
    ///
    /// - Throws: ``DevnetError`` with code `malformedExtrinsic` for what is no signed extrinsic of this runtime.
    func decode(_ bytes: [UInt8]) throws(DevnetError) -> (DecodedExtrinsic, DecodedExtrinsic.Signature, DevnetCall) {
        let extrinsic: DecodedExtrinsic
        do throws(SubstrateError) {
            extrinsic = try codec.decodeExtrinsic(bytes)
        } catch {
            throw DevnetError(.malformedExtrinsic, "the extrinsic does not decode", cause: error)
        }
        guard let signature = extrinsic.signature else {
            throw DevnetError(.malformedExtrinsic, "only signed extrinsics can be submitted")
        }
        return (extrinsic, signature, try DevnetCall(decoding: extrinsic.callBytes))
    }

    /// Checks everything that does not depend on Subtensor's state.
    ///
    /// - Parameters:
    ///   - head: the block before the one that would take the transaction.
    ///   - nextNonce: the nonce that the signer's next transaction must have.
    func check(
        _ extrinsic: DecodedExtrinsic, _ signature: DecodedExtrinsic.Signature, head: UInt64, nextNonce: UInt32
    ) throws(InvalidTransaction) {
        guard signature.nonce >= nextNonce else { throw .stale }
        guard signature.nonce == nextNonce else { throw .future }
        let birth = signature.era.birth(current: head)
        guard birth <= head, let birthHash = hash(birth) else { throw .ancientBirthBlock }
        guard signature.scheme == .sr25519, !signature.isBoundToMetadata,
            let proof = SR25519Signature(bytes: signature.bytes),
            let message = try? extrinsic.signedBytes(codec, on: identity, eraBlockHash: birthHash.bytes),
            SR25519.isValid(proof, for: message, by: signature.signer)
        else { throw .badProof }
    }
}
