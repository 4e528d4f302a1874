import JSON
import NIOHTTP1
import Signing
import Testing

@testable import Neurons

@Suite("Verifying a call of a synapse") struct DendriteVerifierTests {
    private static let second: UInt64 = 1_000_000_000
    private let bob = Result { try SR25519KeyPair(uri: "//Bob").accountID.ss58 }

    /// A call that the SDK's Dendrite made, with changed headers.
    private func call(_ changes: [String: String?] = [:]) throws -> DendriteCall? {
        var headers: HTTPHeaders = [:]
        for (name, value) in try #require(try Fixture.json("bittensor@10.5.0/stream_call.json")["headers"]).members {
            headers.add(name: name, value: value.string ?? "")
        }
        for (name, value) in changes {
            headers.remove(name: name)
            if let value { headers.add(name: name, value: value) }
        }
        return DendriteCall(headers, of: .chatStream)
    }

    private func outcome(
        _ verifier: DendriteVerifier, _ changes: [String: String?] = [:], after delay: UInt64 = 1
    ) throws -> String {
        let nonce = try #require(try call()?.nonce)
        do {
            try verifier.verify(try #require(try call(changes)), now: nonce + delay)
            return "ok"
        } catch let rejection as AxonRejection {
            return "\(rejection.status) \(rejection.message)"
        }
    }

    @Test("accepts a captured call of the SDK once")
    func captured() throws {
        let verifier = DendriteVerifier(ownAddress: try bob.get())
        #expect(try outcome(verifier) == "ok")
        #expect(
            try outcome(verifier) == "401 Not Verified with error: Nonce is too old, a newer one was last processed")
    }

    @Test("hashes the captured body as the SDK does")
    func capturedBody() throws {
        let body = try JSONDocument(parsing: try Fixture.json("bittensor@10.5.0/stream_call.json").text("body")).root
        #expect(BodyHash.hex(of: [body["messages"]]) == (try call()?.bodyHash))
    }

    @Test(
        "refuses with the SDK's words",
        arguments: [
            (header: "bt_header_dendrite_nonce", value: nil, reason: "Missing Nonce"),
            (header: "bt_header_dendrite_signature", value: nil, reason: "Missing Signature"),
            (header: "bt_header_dendrite_uuid", value: "other", reason: "Signature mismatch with"),
            (header: "bt_header_dendrite_signature", value: "0x00", reason: "Signature mismatch with"),
            (header: "computed_body_hash", value: "00", reason: "Signature mismatch with"),
            (
                header: "bt_header_dendrite_hotkey", value: "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty",
                reason: "Signature mismatch with"
            ),
            (header: "bt_header_dendrite_hotkey", value: "nobody", reason: "Invalid hotkey"),
        ] as [(header: String, value: String?, reason: String)])
    func refused(header: String, value: String?, reason: String) throws {
        let verifier = DendriteVerifier(ownAddress: try bob.get())
        #expect(try outcome(verifier, [header: value]).hasPrefix("401 Not Verified with error: " + reason))
        #expect(try outcome(verifier) == "ok", "a refused call uses no nonce")
    }

    @Test("refuses a call for another axon")
    func otherReceiver() throws {
        let verifier = DendriteVerifier(ownAddress: try SR25519KeyPair(uri: "//Charlie").accountID.ss58)
        #expect(try outcome(verifier).contains("Signature mismatch"))
    }

    @Test(
        "takes a nonce as old as four seconds and the timeout, and no older",
        arguments: [
            (age: UInt64(8_999_999_999), result: "ok"),
            (
                age: 9_000_000_000,
                result:
                    "401 Not Verified with error: Nonce is too old: acceptable delta is 9.00 seconds but request was 9.00 seconds old"
            ),
            (
                age: 10_009_000_000,
                result:
                    "401 Not Verified with error: Nonce is too old: acceptable delta is 9.00 seconds but request was 10.01 seconds old"
            ),
        ])
    func age(age: UInt64, result: String) throws {
        #expect(try outcome(DendriteVerifier(ownAddress: try bob.get()), after: age) == result)
    }

    @Test("bounds the window that a caller can ask for", arguments: ["1e300", "inf", "nan", "-5", "abc"])
    func timeouts(timeout: String) throws {
        guard let call = try call(["timeout": timeout]) else { return }
        #expect((0...600).contains(call.timeout))
    }

    @Test(
        "makes nothing of headers without the synapse's required field, or with a wrong type",
        arguments: [
            (header: "bt_header_input_obj_messages", value: nil),
            (header: "bt_header_input_obj_messages", value: "IiI="),
            (header: "bt_header_input_obj_messages", value: "%%"), (header: "bt_header_dendrite_nonce", value: "abc"),
            (header: "bt_header_dendrite_version", value: "v10"),
            (header: "bt_header_dendrite_uuid", value: String(repeating: "x", count: 129)),
        ] as [(header: String, value: String?)])
    func malformed(header: String, value: String?) throws {
        #expect(try call([header: value]) == nil)
    }

    @Test("lets nonces overtake one another, but none be used twice")
    func overtaking() throws {
        let account = try SR25519KeyPair(uri: "//Alice").accountID
        let store = NonceStore(retention: 600 * Self.second)
        for nonce in [UInt64(100), 103, 101, 104, 102] {
            #expect(store.use(nonce, of: account, uuid: "a", now: 1))
            #expect(!store.use(nonce, of: account, uuid: "a", now: 1))
        }
        for nonce in UInt64(200)..<240 { #expect(store.use(nonce, of: account, uuid: "a", now: 1)) }
        #expect(!store.use(150, of: account, uuid: "a", now: 1), "older than what is remembered")
        #expect(store.use(150, of: account, uuid: "b", now: 1))
    }

    @Test("remembers a bounded number of senders and forgets them when their nonces are too old anyway")
    func bounded() throws {
        let account = try SR25519KeyPair(uri: "//Alice").accountID
        let store = NonceStore(capacity: 4, retention: Self.second)
        let now = 1_000 * Self.second
        for sender in 0..<4 { #expect(store.use(now, of: account, uuid: "\(sender)", now: now)) }
        #expect(!store.use(now, of: account, uuid: "late", now: now))
        #expect(store.use(now + 10 * Self.second, of: account, uuid: "late", now: now + 10 * Self.second))
    }
}
