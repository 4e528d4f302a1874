import HTTPTransport
import JSON
import NIOCore
import NIOHTTP1
import Signing
import Testing

@testable import Neurons

@Suite("btauth/1") struct BTAuthTests {
    /// What the SDK's Python accepts and this server does not: nobody's signer writes it.
    static let strict: Set<String> = [
        "nonce with spaces (python int() accepts)", "nonce with underscores (python int() accepts)", "nonce +sign",
        "crypto '1'", "crypto SR25519 upper",
    ]

    @Test("signs the SDK's payload and headers")
    func sign() throws {
        for row in try #require(try Fixture.json(Fixture.btauth)["sign"]).elements {
            let headers = try #require(row["headers"])
            let scheme = try #require(BTAuth.Scheme(rawValue: headers["X-Bittensor-Crypto"]?.string ?? "sr25519"))
            let payload = BTAuth.Payload(
                scheme: scheme, method: try row.text("method"), target: try row.text("path"),
                bodyHash: Hex.encode(Hash.sha256(try Hex.decode(try row.text("body_hex")))),
                nonce: try #require(row["nonce_ns"]?.uint64), sender: try headers.text("X-Bittensor-Hotkey"),
                receiver: row["receiver"]?.string)
            #expect(payload.text == (try row.text("payload")))
            let signature = try #require(SR25519Signature(bytes: [UInt8](repeating: 1, count: 64)))
            let made = payload.headers(signature: signature)
            for (name, value) in headers.members where !["X-Bittensor-Signature", "X-Bittensor-Crypto"].contains(name) {
                #expect(made[name] == [value.string ?? ""], "\(name)")
            }
        }
    }

    @Test("verifies as the SDK does, case by case")
    func verify() throws {
        let vectors = try Fixture.json(Fixture.btauthVerify)
        let rows = Array(try #require(vectors["rows"]).elements)
        #expect(rows.count == 38)
        var sharedStores: [String: ReplayStore] = [:]
        for row in rows {
            let name = try row.text("case")
            let store = row["store"]?.string ?? name
            let replays = sharedStores[store] ?? ReplayStore()
            sharedStores[store] = replays
            var verifier = BTAuthVerifier(ownAddress: try vectors.text("receiver"), replays: replays)
            verifier.requiresReceiver = row["require_receiver"]?.bool ?? true
            let outcome = try outcome(of: row, verifier)
            let expected = try row.text("result")
            if Self.strict.contains(name) {
                #expect(expected == "ok" && outcome.hasPrefix("MalformedAuth"), "\(name): \(outcome)")
            } else {
                #expect(outcome == expected, "\(name)")
            }
        }
    }

    private func outcome(of row: JSONElement, _ verifier: BTAuthVerifier) throws -> String {
        var headers: HTTPHeaders = [:]
        for (name, value) in try #require(row["headers"]).members { headers.add(name: name, value: value.string ?? "") }
        let request = HTTPRequest(
            method: HTTPMethod(rawValue: try row.text("method")), target: try row.text("path"), headers: headers,
            body: ByteBuffer(bytes: try Hex.decode(try row.text("body_hex"))), remoteAddress: "127.0.0.1")
        do {
            _ = try verifier.verify(request, now: try #require(row["now_ns"]?.uint64))
            return "ok"
        } catch let rejection as BTAuthVerifier.Rejection {
            let reason = rejection.reason.rawValue
            return reason.prefix(1).uppercased() + reason.dropFirst() + ": " + rejection.message
        }
    }

    @Test("refuses replays when its store is full, rather than let them through")
    func fullStore() throws {
        let account = try SR25519KeyPair(uri: "//Alice").accountID
        let store = ReplayStore(capacity: 4)
        for nonce in UInt64(0)..<4 {
            #expect(store.insert(account, nonce: 100_000_000_000 + nonce, now: 100_000_000_000))
        }
        #expect(!store.insert(account, nonce: 5, now: 100_000_000_000))
        #expect(store.insert(account, nonce: 300_000_000_000, now: 300_000_000_000), "old pairs made room")
    }
}
