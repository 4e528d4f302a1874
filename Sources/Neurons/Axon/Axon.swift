public import HTTPTransport
public import Logging
internal import NIOCore
internal import NIOHTTP1
public import Signing

/// The server side of both dialects in front of a model: what a miner runs.
///
/// `POST /<Synapse>` is a call of the dialect `dendrite`; paths below `/v1/` are OpenAI's API, signed with `btauth/1`.
public final class Axon: HTTPResponder, Sendable {
    /// Decides about a caller before its signature is checked, as the SDK does: the account is only claimed.
    ///
    /// - Returns: why the caller is refused, nil to serve it.
    public typealias Blacklist = @Sendable (AccountID) -> String?

    private let identity: AxonIdentity
    private let synapses: SynapseEndpoint
    private let openAI: OpenAIEndpoint

    /// - Parameters:
    ///   - keyPair: the hotkey that requests are addressed to.
    ///   - blacklist: serves everybody by default.
    public init(
        keyPair: SR25519KeyPair, model: any MinerModel, logger: Logger,
        blacklist: @escaping Blacklist = { _ in nil }
    ) {
        identity = AxonIdentity(keyPair)
        synapses = SynapseEndpoint(identity: identity, model: model, blacklist: blacklist, logger: logger)
        openAI = OpenAIEndpoint(identity: identity, model: model, blacklist: blacklist, logger: logger)
    }

    /// The address that requests must name.
    public var hotkeyText: String { identity.address }

    public func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        if request.path.hasPrefix("/v1/") { return try await openAI.respond(to: request, writer: writer) }
        let name = request.path.dropFirst().prefix { $0 != "/" }
        guard request.method == .POST, let shape = SynapseShape(rawValue: String(name)) else {
            let rejection = AxonRejection.unknownSynapse(
                String(name), available: SynapseShape.allCases.map(\.rawValue))
            return try await synapses.reject(rejection, nil, startedAt: request.receivedAt, writer: writer)
        }
        try await synapses.respond(to: request, as: shape, writer: writer)
    }
}
