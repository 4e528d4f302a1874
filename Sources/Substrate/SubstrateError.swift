/// Why the chain, a node or a value for it could not be used.
///
/// `endpoint` and `call` are filled in by ``ChainClient``; the codec leaves them empty.
public struct SubstrateError: Error, Sendable {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String, Hashable, Sendable {
            case malformed, limitExceeded, unsupportedMetadata, unknownName, valueMismatch, unsupportedExtension
            case connectFailed, connectionClosed, deadlineExceeded, malformedResponse, rpcFailed, wrongGenesis
            case nodeBehind, nodeStalled
            case invalidTransaction, poolRefused, extrinsicDropped, dispatchFailed, clientClosed, signingFailed
        }
        let base: Base
        /// Bytes that do not follow their type: truncated, out of range, not canonical, or left over.
        public static let malformed = Self(base: .malformed)
        /// Deeper, longer or with more values than this process accepts.
        public static let limitExceeded = Self(base: .limitExceeded)
        /// A metadata version or shape this code does not read.
        public static let unsupportedMetadata = Self(base: .unsupportedMetadata)
        /// The runtime has no pallet, call, storage item, constant, runtime API or type of this name.
        public static let unknownName = Self(base: .unknownName)
        /// A value that does not fit the type it should be encoded as.
        public static let valueMismatch = Self(base: .valueMismatch)
        /// A transaction extension that carries bytes we know nothing about: signing would be a guess.
        public static let unsupportedExtension = Self(base: .unsupportedExtension)
        /// No endpoint could be reached.
        public static let connectFailed = Self(base: .connectFailed)
        /// The connection ended while the call was open.
        public static let connectionClosed = Self(base: .connectionClosed)
        public static let deadlineExceeded = Self(base: .deadlineExceeded)
        /// The node answered with something that is not JSON-RPC, or not what the method returns.
        public static let malformedResponse = Self(base: .malformedResponse)
        /// The node answered with a JSON-RPC error; see ``SubstrateError/rpcCode``.
        public static let rpcFailed = Self(base: .rpcFailed)
        /// The node is on another chain than the one this client started with.
        public static let wrongGenesis = Self(base: .wrongGenesis)
        /// The node is syncing, or its head is behind what another node has shown.
        public static let nodeBehind = Self(base: .nodeBehind)
        /// The node's head no longer moves.
        public static let nodeStalled = Self(base: .nodeStalled)
        /// The runtime refused the extrinsic before it reached a block (JSON-RPC 1010, 1011).
        public static let invalidTransaction = Self(base: .invalidTransaction)
        /// The node's pool did not take the extrinsic (JSON-RPC 1012 to 1016).
        public static let poolRefused = Self(base: .poolRefused)
        /// The pool took the extrinsic and let it go again: dropped, usurped, invalid, finality timed out.
        public static let extrinsicDropped = Self(base: .extrinsicDropped)
        /// The extrinsic is in a block and failed there; see ``SubstrateError/failure``.
        public static let dispatchFailed = Self(base: .dispatchFailed)
        /// The client was shut down.
        public static let clientClosed = Self(base: .clientClosed)
        public static let signingFailed = Self(base: .signingFailed)

        public var description: String { base.rawValue }
    }

    /// Whose fault it is: the caller's value, or the chain's answer.
    public enum Source: String, Sendable { case caller, chain }

    public let code: Code
    public let source: Source
    /// Whether the same call may succeed later or at another endpoint.
    public let isRetryable: Bool
    public let message: String
    public let cause: (any Error)?
    /// The endpoint that was asked, as configured.
    public internal(set) var endpoint: String?
    /// The JSON-RPC method, or the runtime API or call within it.
    public internal(set) var call: String?
    /// The node's JSON-RPC error code.
    public internal(set) var rpcCode: Int?
    /// The runtime's own name for the failure, where there is one.
    public internal(set) var failure: DispatchFailure?
    /// Whether the connection ended with this error, so that everything open on it did too.
    var endedConnection = false

    init(
        _ code: Code, _ message: String, source: Source = .chain, isRetryable: Bool = false,
        cause: (any Error)? = nil, rpcCode: Int? = nil, failure: DispatchFailure? = nil
    ) {
        self.code = code
        self.source = source
        self.isRetryable = isRetryable
        self.message = message
        self.cause = cause
        self.rpcCode = rpcCode
        self.failure = failure
    }

    static func malformed(_ message: String) -> Self { Self(.malformed, message) }
    static func limitExceeded(_ message: String) -> Self { Self(.limitExceeded, message) }
    static func mismatch(_ message: String) -> Self { Self(.valueMismatch, message, source: .caller) }
    static func unknown(_ message: String) -> Self { Self(.unknownName, message) }

    /// This error with the place where it happened, unless one is already named.
    func at(endpoint: String? = nil, call: String? = nil) -> Self {
        var error = self
        error.endpoint = self.endpoint ?? endpoint
        error.call = self.call ?? call
        return error
    }
}

extension SubstrateError: CustomStringConvertible {
    public var description: String {
        var text = message
        if let call { text += "; call \(call)" }
        if let endpoint { text += "; endpoint \(endpoint)" }
        if let cause { text += "; cause: \(cause)" }
        return text
    }
}

/// A dispatch error as the runtime names it.
public struct DispatchFailure: Hashable, Sendable {
    /// The pallet of a module error, otherwise nil.
    public let pallet: String?
    /// The error's name, such as `SettingWeightsTooFast`, or the case of `DispatchError`, such as `BadOrigin`.
    public let name: String
    /// The runtime's documentation of the error, one paragraph; may be empty.
    public let documentation: String

    public init(pallet: String?, name: String, documentation: String) {
        self.pallet = pallet
        self.name = name
        self.documentation = documentation
    }
}
