internal import NIOHTTP1
internal import Signing

/// The protocol `btauth/1`: what is signed, and the headers that carry it.
///
/// - Source: bittensor 11.3.0, `http_auth.py`.
enum BTAuth {
    enum Scheme: String { case sr25519, ed25519 }

    enum Header {
        static let version = "x-bittensor-version"
        static let hotkey = "x-bittensor-hotkey"
        static let receiver = "x-bittensor-receiver"
        static let nonce = "x-bittensor-nonce"
        static let crypto = "x-bittensor-crypto"
        static let signature = "x-bittensor-signature"
    }

    struct Payload {
        var scheme: Scheme
        var method: String
        /// Path and query exactly as sent.
        var target: String
        /// Lower-case hex of the SHA-256 of the raw body.
        var bodyHash: String
        /// Unix nanoseconds.
        var nonce: UInt64
        var sender: String
        /// nil leaves the request unbound: any server accepts it that does not insist.
        var receiver: String?

        var text: String {
            "btauth/1\n\(scheme.rawValue)\n\(method.uppercased())\n\(target)\n\(bodyHash)\n\(nonce)\n\(sender)\n\(receiver ?? "-")"
        }

        func headers(signature: SR25519Signature) -> HTTPHeaders {
            var headers: HTTPHeaders = [
                Header.version: "1", Header.hotkey: sender, Header.nonce: String(nonce),
                Header.signature: "0x" + signature.hex,
            ]
            if let receiver { headers.add(name: Header.receiver, value: receiver) }
            return headers
        }
    }
}
