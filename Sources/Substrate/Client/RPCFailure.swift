internal import JSON
internal import NIOCore

/// A JSON-RPC error as the node worded it.
struct RPCFailure {
    let code: Int
    let message: String
    let data: String?

    /// Node texts are shown to operators; longer ones are cut.
    private static let maximumText = 500

    init(_ json: JSONElement) {
        code = json["code"]?.int ?? 0
        message = String((json["message"]?.string ?? "no message").prefix(Self.maximumText))
        data = json["data"].flatMap { data -> String? in
            data.isNull ? nil : String((data.string ?? String(buffer: data.rawBytes)).prefix(Self.maximumText))
        }
    }

    var text: String { data.map { "\(message): \($0)" } ?? message }

    var error: SubstrateError {
        switch code {
        case 1010:
            let failure = invalidity
            return SubstrateError(
                .invalidTransaction, "the runtime refused the extrinsic: \(failure.map(Self.text) ?? text)",
                isRetryable: failure?.name == "Future", rpcCode: code, failure: failure)
        case 1011:
            return SubstrateError(
                .invalidTransaction, "the runtime could not tell whether the extrinsic is valid: \(text)",
                isRetryable: true, rpcCode: code)
        case 1012...1016:
            return SubstrateError(
                .poolRefused, "the node's pool refused the extrinsic: \(Self.poolMeanings[code] ?? text)",
                isRetryable: code != 1013 && code != 1015, rpcCode: code)
        default:
            return SubstrateError(.rpcFailed, "the node answered error \(code): \(text)", rpcCode: code)
        }
    }

    /// - Source: `sc-rpc-api`, `author::error`.
    private static let poolMeanings = [
        1012: "this extrinsic is banned for a while, because it was found invalid before",
        1013: "it has this extrinsic already",
        1014: "an extrinsic with the same nonce and no lower priority is waiting there",
        1015: "the extrinsic depends on itself",
        1016: "the pool is full and this extrinsic is the least important",
    ]

    private static func text(_ failure: DispatchFailure) -> String {
        failure.documentation.isEmpty ? failure.name : "\(failure.name) (\(failure.documentation))"
    }

    /// The `InvalidTransaction` variant behind the node's text, which is all it sends.
    ///
    /// - Source: `sp_runtime::transaction_validity`, `impl From<InvalidTransaction> for &'static str`.
    private var invalidity: DispatchFailure? {
        let text = data ?? message
        if let number = Self.customCode(text) {
            return DispatchFailure(pallet: nil, name: "Custom(\(number))", documentation: "")
        }
        for (sign, name) in Self.invalidities where text.contains(sign) {
            return DispatchFailure(pallet: nil, name: name, documentation: text)
        }
        return nil
    }

    private static let invalidities = [
        ("outdated", "Stale"), ("valid in the future", "Future"), ("bad signature", "BadProof"),
        ("pay some fees", "Payment"), ("ancient birth block", "AncientBirthBlock"), ("exhaust", "ExhaustsResources"),
        ("not expected", "Call"), ("dispatch is mandatory", "BadMandatory"),
    ]

    /// `Custom error: 6` and, in newer nodes, `Invalid transaction with custom error: 6`.
    static func customCode(_ text: String) -> UInt8? {
        guard let range = text.firstRange(of: "ustom error: ") else { return nil }
        return UInt8(text[range.upperBound...].prefix { $0.isNumber })
    }
}
