import HTTPTransport
import JSON
import NIOCore
import NIOHTTP1
import Signing
import Testing

@testable import Neurons

@Suite("Request to a neuron") struct NeuronRequestTests {
    static let alice = Result { try SR25519KeyPair(uri: "//Alice") }

    private func dendrite() throws -> (Dendrite, EventLoops) {
        let loops = EventLoops(count: 1)
        return (Dendrite(client: HTTPClient(on: loops), signer: try Self.alice.get()), loops)
    }

    private func field(_ name: String, _ json: String) -> NeuronRequest.Field {
        NeuronRequest.Field(name: name, value: ByteBuffer(string: json))
    }

    @Test("hashes the fields of a synapse as the SDK does")
    func bodyHashes() throws {
        for row in try #require(try Fixture.json(Fixture.dendrite)["synapses"]).elements {
            let fields = try #require(row["fields"]).members.map {
                NeuronRequest.Field(name: $0.name, value: $0.value.rawBytes)
            }
            let request = try NeuronRequest.synapse(
                try row.text("class"), fields: fields, required: [],
                hashed: try #require(row["required_hash_fields"]).elements.compactMap(\.string), timeout: .seconds(12))
            #expect(request.headers.first(name: "computed_body_hash") == (try row.text("body_hash")))
        }
    }

    @Test("signs the SDK's message")
    func messages() throws {
        for row in try #require(try Fixture.json(Fixture.dendrite)["signatures"]).elements {
            let message = DendriteSignature.message(
                nonce: String(try #require(row["nonce"]?.uint64)), sender: try row.text("dendrite_hotkey"),
                receiver: try row.text("axon_hotkey"), uuid: try row.text("uuid"), bodyHash: try row.text("body_hash"))
            #expect(message == (try row.text("message")))
        }
    }

    @Test("carries the SDK's headers, except sizes of Python objects and the sender's own address")
    func headers() async throws {
        let row = try #require(try Fixture.json(Fixture.dendrite)["headers"]?.elements.first { _ in true })
        let request = try NeuronRequest.synapse(
            "A", fields: [field("prompt", #""hello""#), field("n", "3"), field("extra", #""e""#)],
            required: ["prompt"], hashed: ["prompt", "n"], timeout: .seconds(12))
        let (dendrite, loops) = try dendrite()
        let sent = dendrite.signed(
            request, for: try .fixture(), nonce: 1_752_076_800_000_000_000, uuid: "5ecbd69c-1cec-11ee-b0dc-e29ce36fec1a"
        )
        for (name, value) in try #require(row["headers"]).members
        where !["header_size", "total_size", "bt_header_dendrite_ip"].contains(name) {
            #expect(sent.headers[name] == [value.string ?? ""], "\(name)")
        }
        #expect(!sent.headers.contains(name: "accept-encoding"))
        let body = try JSONDocument(parsing: sent.body).root
        #expect(body["prompt"]?.string == "hello" && body["n"]?.int == 3 && body["timeout"]?.double == 12)

        let signature = try #require(sent.headers.first(name: "bt_header_dendrite_signature"))
        let message = DendriteSignature.message(
            nonce: "1752076800000000000", sender: dendrite.hotkeyText, receiver: try Miner.fixture().hotkeyText,
            uuid: "5ecbd69c-1cec-11ee-b0dc-e29ce36fec1a",
            bodyHash: "24cf12887e6c5561e2324a8502632b91ab190cb95c64e423290c141641613abb")
        let bytes = try #require(SR25519Signature(bytes: Hex.decode(signature)))
        #expect(SR25519.isValid(bytes, for: Array(message.utf8), by: try Self.alice.get().accountID))
        await loops.shutdown()
    }

    @Test(
        "names each required field with the empty value of its type",
        arguments: [
            (json: #""x""#, header: "IiI="), (json: "1", header: "MA=="), (json: "1.5", header: "MC4w"),
            (json: "true", header: "ZmFsc2U="), (json: "[1]", header: "W10="), (json: "{}", header: "e30="),
            (json: "null", header: "bnVsbA=="),
        ])
    func emptyValues(json: String, header: String) throws {
        let request = try NeuronRequest.synapse(
            "A", fields: [field("x", json)], required: ["x"], hashed: [], timeout: .seconds(1))
        #expect(request.headers["bt_header_input_obj_x"] == [header])
    }

    @Test("is refused when it cannot be said in the dialect")
    func refused() {
        #expect(throws: NeuronError.self) {
            try NeuronRequest.synapse("A/B", fields: [], required: [], hashed: [], timeout: .seconds(1))
        }
        #expect(throws: NeuronError.self) {
            try NeuronRequest.synapse("A", fields: [], required: ["x"], hashed: [], timeout: .seconds(1))
        }
        #expect(throws: NeuronError.self) {
            try NeuronRequest.synapse("A", fields: [field("x", "{")], required: [], hashed: ["x"], timeout: .seconds(1))
        }
        #expect(throws: NeuronError.self) {
            try NeuronRequest.synapse(
                "A", fields: [field("x\r\nevil", "1")], required: ["x\r\nevil"], hashed: [], timeout: .seconds(1))
        }
    }

    @Test("gives each btauth request of one key another nonce")
    func nonces() async throws {
        let (dendrite, loops) = try dendrite()
        let request = NeuronRequest.http(path: "/v1/chat/completions", body: ByteBuffer(string: "{}"))
        let miner = try Miner.fixture()
        let nonces = (0..<1_000).map { _ in dendrite.nextNonce() }
        #expect(Set(nonces).count == 1_000)
        #expect(nonces == nonces.sorted())
        let sent = dendrite.signed(request, for: miner, nonce: nonces[0], uuid: "")
        #expect(sent.headers["X-Bittensor-Receiver"] == [miner.hotkeyText])
        await loops.shutdown()
    }
}
