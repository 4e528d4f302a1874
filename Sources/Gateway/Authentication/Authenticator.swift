internal import HTTPTransport
internal import Metering
internal import NIOHTTP1

/// Who makes a request: the stored record of the key they showed.
struct Caller: Sendable {
    let key: APIKey
}

/// Turns the key a request shows into its ``Caller``.
struct Authenticator: Sendable {
    let ledger: Ledger

    func caller(of request: HTTPRequest) async throws -> Caller {
        guard let secret = Self.secret(in: request.headers) else {
            throw OpenAIError(
                .unauthorized, .invalidRequest, code: nil,
                "You didn't provide an API key. Send it in the Authorization header: `Authorization: Bearer YOUR_KEY`.",
                headers: ["www-authenticate": "Bearer"])
        }
        let key = try await ledger.key(for: secret)
        try check(key.scope, request)
        return Caller(key: key)
    }

    /// Whether the key may be used from here, and for this.
    private func check(_ scope: KeyScope, _ request: HTTPRequest) throws(OpenAIError) {
        guard scope.allows(endpoint: request.path) else {
            throw OpenAIError(
                .forbidden, .invalidRequest, code: "endpoint_not_allowed",
                "This API key may not be used for \(request.path.prefix(100)).")
        }
        guard !scope.addresses.isEmpty else { return }
        let client = IPAddress(request.remoteAddress)
        guard let client, scope.addresses.contains(where: { IPRange($0)?.contains(client) == true }) else {
            throw OpenAIError(
                .forbidden, .invalidRequest, code: "address_not_allowed",
                "This API key may not be used from this address.")
        }
    }

    /// `Authorization: Bearer`, or the headers of Azure's and Anthropic's clients.
    static func secret(in headers: HTTPHeaders) -> String? {
        guard let value = headers.first(name: "authorization") else {
            return headers.first(name: "api-key") ?? headers.first(name: "x-api-key")
        }
        let scheme = value.utf8.prefix(7)
        guard scheme.elementsEqual("bearer ".utf8, by: { $0 | 0x20 == $1 }) else { return nil }
        let secret = value.utf8.dropFirst(7).drop { $0 == UInt8(ascii: " ") }
        return secret.isEmpty ? nil : String(Substring(secret))
    }
}
