public import HTTPTransport
internal import JSON
internal import NIOCore
internal import NIOHTTP1
public import Signing
internal import Synchronization

/// The client side of both dialects: signs a request for one miner, sends it, and lends the answer.
///
/// Each attempt signs anew, on the connection it is sent on. In the dialect `dendrite` an axon demands a rising nonce
/// per hotkey and uuid; each connection has its own uuid and carries one request at a time, so that requests in flight
/// together never overtake one another's nonce. In `btauth` a nonce may be used once per hotkey: one rising clock
/// serves the process.
public final class Dendrite: Sendable {
    /// Bytes of a refusal's body that are read for its message.
    private static let maximumRefusalBytes = 16 * 1_024

    private let client: HTTPClient
    private let signer: SR25519KeyPair
    /// The address of the signing hotkey.
    public let hotkeyText: String
    private let lastNonce = Atomic<UInt64>(0)

    public init(client: HTTPClient, signer: SR25519KeyPair) {
        self.client = client
        self.signer = signer
        hotkeyText = signer.accountID.ss58
    }

    /// Asks one miner and lends its answer to `body`.
    ///
    /// - Parameter deadline: for the whole exchange, `body` included, unless `body` extends it.
    /// - Throws: ``NeuronError`` with code `refused` for any status that is no success, `TransportError`, or what
    ///   `body` throws.
    public func withAnswer<R>(
        to request: NeuronRequest, from miner: Miner, deadline: ContinuousClock.Instant,
        _ body: (inout NeuronAnswer) async throws -> R
    ) async throws -> R {
        try await client.withResponse(
            from: miner.address, deadline: deadline,
            makeRequest: { connection in
                switch request.dialect {
                case .dendrite: signed(request, for: miner, nonce: connection.nextNonce(), uuid: connection.uuid)
                case .btauth: signed(request, for: miner, nonce: nextNonce(), uuid: "")
                }
            }
        ) { response in
            if let error = try await Self.refusal(in: &response, dialect: request.dialect) { throw error }
            var answer = NeuronAnswer(response)
            return try await body(&answer)
        }
    }

    /// The request with what only this miner and this connection see.
    ///
    /// - Parameter uuid: the connection's; not part of `btauth`.
    func signed(_ request: NeuronRequest, for miner: Miner, nonce: UInt64, uuid: String) -> HTTPClientRequest {
        var headers = request.headers
        switch request.form {
        case .synapse(let bodyHash):
            DendriteSignature.add(
                to: &headers, signer: signer, sender: hotkeyText, miner: miner, nonce: nonce, uuid: uuid,
                bodyHash: bodyHash)
        case .http(let bodyHash):
            let payload = BTAuth.Payload(
                scheme: .sr25519, method: request.method.rawValue, target: request.target, bodyHash: bodyHash,
                nonce: nonce, sender: hotkeyText, receiver: miner.hotkeyText)
            headers.add(contentsOf: payload.headers(signature: signer.sign(payload.text)))
        }
        return HTTPClientRequest(
            method: request.method, target: request.target, headers: headers, body: request.body)
    }

    /// Unix nanoseconds, each given out once.
    func nextNonce() -> UInt64 {
        let now = UnixTime.nanoseconds()
        var last = lastNonce.load(ordering: .relaxed)
        while true {
            let nonce = max(now, last &+ 1)
            let (done, seen) = lastNonce.compareExchange(expected: last, desired: nonce, ordering: .relaxed)
            if done { return nonce }
            last = seen
        }
    }

    /// A refusal by HTTP status, or by the status that a v10 axon writes into its headers.
    private static func refusal(in response: inout HTTPClientResponse, dialect: NeuronDialect) async throws
        -> NeuronError?
    {
        var status = Int(response.status.code)
        if status == 200, dialect == .dendrite, let text = response.headers.first(name: "bt_header_axon_status_code") {
            status = Int(text) ?? 200
        }
        guard status != 200 else { return nil }
        let message = try await refusalMessage(in: &response)
        return NeuronError(.refused, status: status, NeuronError.quoted(message))
    }

    /// `{"message": …}` of an axon, `{"error": {"message": …}}` or `{"detail": …}` of other servers, or nothing.
    private static func refusalMessage(in response: inout HTTPClientResponse) async throws -> String {
        if let message = response.headers.first(name: "bt_header_axon_status_message") { return message }
        guard let body = try? await response.collect(upTo: maximumRefusalBytes),
            let root = try? JSONDocument(parsing: body).root
        else { return "The miner refused" }
        return root["message"]?.string ?? root["error"]?["message"]?.string ?? root["detail"]?.string
            ?? "The miner refused"
    }
}
