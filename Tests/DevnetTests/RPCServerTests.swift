import JSON
import Logging
import NIOCore
import Signing
import Substrate
import Testing

@testable import Devnet

@Suite("JSON-RPC") struct RPCServerTests {
    let test: TestChain
    let server: RPCServer

    init() throws {
        test = try TestChain()
        server = RPCServer(test.chain, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// The answer to one message, and what follows it, without subscriptions as over HTTP.
    private func answer(_ text: String) throws -> JSONElement {
        var subscriptions: Subscriptions?
        let messages = server.answer(ByteBuffer(string: text), &subscriptions)
        return try JSONDocument(parsing: try #require(messages.first)).root
    }

    private func call(_ method: String, _ parameters: String = "[]") throws -> JSONElement {
        try answer(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(parameters)}"#)
    }

    @Test("gives back the id as it came", arguments: ["7", "\"abc\"", "null"])
    func ids(id: String) throws {
        let response = try answer(#"{"jsonrpc":"2.0","id":\#(id),"method":"system_chain","params":[]}"#)
        #expect(response["id"].map { String(buffer: $0.rawBytes) } == id)
        #expect(response["result"]?.string == "Thalamus Devnet")
    }

    @Test("answers a batch in its order, and a notification not at all") func batch() throws {
        let response = try answer(
            """
            [{"jsonrpc":"2.0","id":1,"method":"system_name"},{"jsonrpc":"2.0","method":"system_name"},
             {"jsonrpc":"2.0","id":"x","method":"nope","params":[]}]
            """)
        let elements = Array(response.elements)
        #expect(elements.map { $0["id"].map { String(buffer: $0.rawBytes) } } == ["1", "\"x\""])
        #expect(elements.last?["error"]?["code"]?.int == -32_601)
    }

    @Test(
        "names what is wrong with a message",
        arguments: [
            (text: "{", code: -32_700), (text: "[]", code: -32_600), (text: "7", code: -32_600),
            (text: #"{"jsonrpc":"1.0","id":1,"method":"system_name"}"#, code: -32_600),
            (text: #"{"jsonrpc":"2.0","id":1,"method":"system_name","params":{}}"#, code: -32_602),
            (text: #"{"jsonrpc":"2.0","id":1,"method":"state_getStorage","params":["zz"]}"#, code: -32_602),
            (text: #"{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":["0x01"]}"#, code: -32_602),
            (text: #"{"jsonrpc":"2.0","id":1,"method":"state_call","params":["Nope_nope","0x"]}"#, code: 4_003),
            (text: #"{"jsonrpc":"2.0","id":1,"method":"chain_subscribeNewHeads","params":[]}"#, code: -32_601),
            (text: #"{"jsonrpc":"2.0","id":1,"method":"author_submitExtrinsic","params":["0x00"]}"#, code: 1_001),
        ])
    func errors(text: String, code: Int) throws {
        #expect(try answer(text)["error"]?["code"]?.int == code)
    }

    @Test("takes a state call's arguments with and without 0x", arguments: ["0x0200", "0200"])
    func hex(arguments: String) throws {
        let response = try call("state_call", #"["SubnetInfoRuntimeApi_get_metagraph","\#(arguments)"]"#)
        #expect(response["result"]?.string?.hasPrefix("0x01") == true)
    }

    @Test("pages through keys behind the start key") func paging() throws {
        let prefix = RPCHex.text(Storage.subtensor.uids.prefix)
        let all = try call("state_getKeysPaged", #"["\#(prefix)",10,null,null]"#)["result"]
        let keys = try #require(all).elements.compactMap(\.string)
        #expect(keys.count == 3)
        #expect(keys == keys.sorted())
        let rest = try call("state_getKeysPaged", #"["\#(prefix)",10,"\#(keys[0])",null]"#)["result"]
        #expect(try #require(rest).elements.compactMap(\.string) == Array(keys.dropFirst()))
    }

    @Test("lists every method it has") func methods() throws {
        let names = try #require(try call("rpc_methods")["result"]?["methods"]).elements.compactMap(\.string)
        for name in ["state_call", "account_nextIndex", "author_submitAndWatchExtrinsic", "rpc_methods"] {
            #expect(names.contains(name))
        }
    }

    @Test("sends a subscription's number before its notifications, and ends with the finalized block")
    func watching() throws {
        var subscriptions: Subscriptions? = Subscriptions(test.chain)
        test.produce(1)
        let extrinsic = RPCHex.text(try test.extrinsic(test.setWeights([(1, 1)]), by: test.validator))
        let request = #"{"jsonrpc":"2.0","id":1,"method":"author_submitAndWatchExtrinsic","params":["\#(extrinsic)"]}"#
        let first = server.answer(ByteBuffer(string: request), &subscriptions)
            .map { String(buffer: $0) }
        #expect(first.count == 2)
        #expect(first[0].contains(#""result":"sub1""#))
        #expect(first[1].contains(#""subscription":"sub1","result":"ready""#))
        let block = test.chain.produceBlock(now: 0)
        let inBlock = (subscriptions?.notifications(of: .imported(block)) ?? []).map { String(buffer: $0) }
        #expect(inBlock.first?.contains(#"{"inBlock":"\#(block.hash.hex)"}"#) == true)
        let finalized = (subscriptions?.notifications(of: .finalized(block)) ?? []).map { String(buffer: $0) }
        #expect(finalized.first?.contains(#"{"finalized":"\#(block.hash.hex)"}"#) == true)
        #expect(subscriptions?.notifications(of: .finalized(block)).isEmpty == true)
    }

    @Test("stops a subscription when asked") func unsubscribing() throws {
        var subscriptions: Subscriptions? = Subscriptions(test.chain)
        _ = server.answer(
            ByteBuffer(string: #"{"jsonrpc":"2.0","id":1,"method":"chain_subscribeNewHeads"}"#), &subscriptions)
        let block = test.chain.produceBlock(now: 0)
        #expect(subscriptions?.notifications(of: .imported(block)).count == 1)
        let stop = #"{"jsonrpc":"2.0","id":2,"method":"chain_unsubscribeNewHeads","params":["sub1"]}"#
        let answers = server.answer(ByteBuffer(string: stop), &subscriptions).map { String(buffer: $0) }
        #expect(answers == [#"{"jsonrpc":"2.0","id":2,"result":true}"#])
        #expect(subscriptions?.notifications(of: .imported(block)).isEmpty == true)
    }
}
