internal import HTTPTransport
internal import NIOCore
internal import NIOHTTP1
internal import Signing

/// Checks the signature of an incoming `btauth/1` request, in the order of the SDK.
///
/// Stricter than the SDK in three ways that no signer of its own needs: a nonce is decimal digits only, a scheme is
/// `sr25519` or `ed25519` in lower case, and the signed bytes are not accepted between `<Bytes>` tags.
struct BTAuthVerifier {
    struct Rejection: Error, Equatable {
        enum Reason: String { case malformedAuth, wrongReceiver, staleRequest, badSignature, replayedRequest }
        let reason: Reason
        let message: String

        init(_ reason: Reason, _ message: String) {
            self.reason = reason
            self.message = message
        }
    }

    /// Nanoseconds.
    static let maximumAge: UInt64 = 10_000_000_000
    /// Nanoseconds.
    static let allowedSkew: UInt64 = 2_000_000_000

    let ownAddress: String
    var requiresReceiver = true
    let replays: ReplayStore

    /// - Returns: the account that signed.
    func verify(_ request: HTTPRequest, now: UInt64 = UnixTime.nanoseconds()) throws(Rejection) -> AccountID {
        let headers = request.headers
        guard headers.first(name: BTAuth.Header.version) == "1" else {
            throw Rejection(.malformedAuth, "missing or unsupported X-Bittensor-Version (expected '1')")
        }
        let sender = try header(BTAuth.Header.hotkey, "X-Bittensor-Hotkey", in: headers)
        let nonceText = try header(BTAuth.Header.nonce, "X-Bittensor-Nonce", in: headers)
        guard nonceText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let nonce = UInt64(nonceText) else {
            throw Rejection(.malformedAuth, "X-Bittensor-Nonce is not a decimal integer")
        }
        guard let scheme = BTAuth.Scheme(rawValue: headers.first(name: BTAuth.Header.crypto) ?? "sr25519") else {
            throw Rejection(.malformedAuth, "unsupported X-Bittensor-Crypto")
        }
        guard let signature = try? Hex.decode(header(BTAuth.Header.signature, "X-Bittensor-Signature", in: headers))
        else { throw Rejection(.malformedAuth, signatureFault(in: headers)) }
        let receiver = try receiver(in: headers)
        try checkAge(of: nonce, now: now)

        let payload = BTAuth.Payload(
            scheme: scheme, method: request.method.rawValue, target: request.target,
            bodyHash: Hex.encode(request.body.withUnsafeReadableBytes { Hash.sha256($0) }), nonce: nonce,
            sender: sender, receiver: receiver)
        let account = try check(signature, of: payload)
        guard replays.insert(account, nonce: nonce, now: now) else {
            throw Rejection(.replayedRequest, "this nonce was already accepted from this hotkey")
        }
        return account
    }

    private func header(_ name: String, _ shown: String, in headers: HTTPHeaders) throws(Rejection) -> String {
        guard let value = headers.first(name: name), !value.isEmpty else {
            throw Rejection(.malformedAuth, "missing \(shown)")
        }
        return value
    }

    private func signatureFault(in headers: HTTPHeaders) -> String {
        headers.contains(name: BTAuth.Header.signature)
            ? "X-Bittensor-Signature is not hex" : "missing X-Bittensor-Signature"
    }

    private func receiver(in headers: HTTPHeaders) throws(Rejection) -> String? {
        guard let receiver = headers.first(name: BTAuth.Header.receiver) else {
            guard !requiresReceiver else {
                throw Rejection(
                    .wrongReceiver,
                    "missing X-Bittensor-Receiver: this server requires receiver-bound requests")
            }
            return nil
        }
        guard receiver == ownAddress else {
            throw Rejection(.wrongReceiver, "request was signed for a different receiving hotkey")
        }
        return receiver
    }

    private func checkAge(of nonce: UInt64, now: UInt64) throws(Rejection) {
        if now > nonce, now - nonce > Self.maximumAge {
            throw Rejection(.staleRequest, "nonce is older than the 10s freshness window")
        }
        if nonce > now, nonce - now > Self.allowedSkew {
            throw Rejection(.staleRequest, "nonce is more than 2s in the future")
        }
    }

    private func check(_ signature: [UInt8], of payload: BTAuth.Payload) throws(Rejection) -> AccountID {
        guard let account = try? AccountID(ss58: payload.sender), signature.count == 64 else {
            throw Rejection(.malformedAuth, "invalid hotkey address or signature encoding")
        }
        let message = Array(payload.text.utf8)
        let isValid =
            switch payload.scheme {
            case .sr25519:
                SR25519Signature(bytes: signature).map { SR25519.isValid($0, for: message, by: account) } ?? false
            case .ed25519: Ed25519.isValid(signature, for: message, by: account)
            }
        guard isValid else {
            throw Rejection(.badSignature, "signature does not verify against the claimed hotkey")
        }
        return account
    }
}
