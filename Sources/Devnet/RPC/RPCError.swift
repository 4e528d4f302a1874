/// A JSON-RPC error as a Substrate node gives it.
///
/// - Source: JSON-RPC 2.0; Substrate, `sc-rpc-api` (author errors start at 1000).
struct RPCError: Error, Hashable, Sendable {
    let code: Int
    let message: String
    var data: String?

    static let parseError = Self(code: -32_700, message: "Parse error")
    static func invalidRequest(_ reason: String) -> Self {
        Self(code: -32_600, message: "Invalid request", data: reason)
    }
    static func methodNotFound(_ name: String) -> Self {
        Self(code: -32_601, message: "Method not found", data: name)
    }
    static func invalidParameters(_ reason: String) -> Self {
        Self(code: -32_602, message: "Invalid params", data: reason)
    }
    static let noSubscriptions = Self(
        code: -32_601, message: "Subscriptions are not available over HTTP: connect with WebSocket")
    static let tooManySubscriptions = Self(code: -32_006, message: "Too many subscriptions on the connection")

    static func badExtrinsic(_ reason: String) -> Self {
        Self(code: 1_001, message: "Extrinsic has invalid format", data: reason)
    }
    static func invalidTransaction(_ error: InvalidTransaction) -> Self {
        Self(code: 1_010, message: "Invalid Transaction", data: error.text)
    }
    static let alreadyImported = Self(code: 1_013, message: "Transaction Already Imported")
    static let priorityTooLow = Self(
        code: 1_014, message: "Priority is too low: (0 vs 0)",
        data: "The transaction has too low priority to replace another transaction already in the pool.")
    static let poolFull = Self(
        code: 1_016, message: "Immediately Dropped",
        data: "The transaction couldn't enter the pool because of the limit")

    static func unknownBlock(_ hash: String) -> Self {
        Self(code: 4_003, message: "Client error: UnknownBlock: Header was not found in the database: \(hash)")
    }
    static func stateDiscarded(_ hash: String) -> Self {
        Self(
            code: 4_003,
            message: "Client error: Api called for an unknown Block: State already discarded for \(hash)")
    }
    static func methodFailed(_ name: String) -> Self {
        Self(
            code: 4_003,
            message: "Client error: Execution failed: Other: Exported method \(name) is not found")
    }
    static func callFailed(_ reason: String) -> Self {
        Self(code: 4_003, message: "Client error: Execution failed: \(reason)")
    }
}
