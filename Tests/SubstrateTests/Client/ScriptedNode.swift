import HTTPTransport
import JSON
import Logging
import NIOCore
import Substrate
import Synchronization
import Testing

/// A chain node that says what a test wants: JSON-RPC over a WebSocket on loopback.
final class ScriptedNode: Sendable {
    struct Request: Sendable {
        let id: UInt64
        let method: String
        let parameters: [JSONElement]
    }

    /// Messages the node sends in this order; nil instead of messages closes the connection.
    typealias Script = @Sendable (Request, ScriptedNode) -> [String]?

    struct State {
        var genesis = "0x" + String(repeating: "ab", count: 32)
        var specVersion = 461
        var sockets: [WebSocket] = []
        var requests: [String] = []
        var connections = 0
        var batches = 0
    }

    let state = Mutex(State())
    private let script: Script
    private let server = Mutex<HTTPServer?>(nil)

    private init(_ script: @escaping Script) { self.script = script }

    var endpoint: String { "ws://127.0.0.1:\(server.withLock { $0?.port ?? 0 })" }
    var genesis: String { state.withLock { $0.genesis } }
    func count(of method: String) -> Int { state.withLock { state in state.requests.count { $0 == method } } }

    /// Runs `body` with a node; what `script` gives nil for is answered as a plain node would.
    static func with<R>(
        on loops: EventLoops, _ script: @escaping Script = { ScriptedNode.plain($0, $1) },
        _ body: (ScriptedNode) async throws -> R
    ) async throws -> R {
        let node = ScriptedNode(script)
        let server = try await HTTPServer.start(
            HTTPServerConfiguration(), on: loops, responder: NoHTTP(), webSocket: { await node.serve($0) },
            logger: Logger(label: "node", factory: { _ in SwiftLogNoOpLogHandler() }))
        node.server.withLock { $0 = server }
        do {
            let result = try await body(node)
            await server.shutDown(grace: .zero)
            return result
        } catch {
            await server.shutDown(grace: .zero)
            throw error
        }
    }

    func push(_ message: String) async {
        for socket in state.withLock({ $0.sockets }) { try? await socket.send(ByteBuffer(string: message)) }
    }

    func disconnectAll() async {
        let sockets = state.withLock { state in
            defer { state.sockets = [] }
            return state.sockets
        }
        for socket in sockets { await socket.close() }
    }

    private func serve(_ socket: WebSocket) async {
        state.withLock { state in
            state.sockets.append(socket)
            state.connections += 1
        }
        while let message = try? await socket.receive(), let root = try? JSONDocument(parsing: message).root {
            guard root.kind == .array else {
                guard let messages = answer(root) else { return await socket.close() }
                for message in messages { try? await socket.send(ByteBuffer(string: message)) }
                continue
            }
            state.withLock { $0.batches += 1 }
            // Answers of a batch come in one message, in any order.
            let answers = root.elements.map(answer)
            if answers.contains(where: { $0 == nil }) { return await socket.close() }
            let joined = answers.flatMap { $0 ?? [] }.reversed()
            let isRefused = joined.contains { $0.contains(#""id":null"#) }
            let text = isRefused ? joined.first ?? "" : "[\(joined.joined(separator: ","))]"
            try? await socket.send(ByteBuffer(string: text))
        }
    }

    private func answer(_ root: JSONElement) -> [String]? {
        let request = Request(
            id: root["id"]?.uint64 ?? 0, method: root["method"]?.string ?? "",
            parameters: root["params"].map { Array($0.elements) } ?? [])
        state.withLock { $0.requests.append(request.method) }
        return script(request, self)
    }
}

private struct NoHTTP: HTTPResponder {
    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        // Becomes a plain 500.
        throw CancellationError()
    }
}

extension ScriptedNode {
    static func result(_ request: Request, _ json: String) -> [String] {
        [#"{"jsonrpc":"2.0","id":\#(request.id),"result":\#(json)}"#]
    }

    static func error(_ request: Request, _ code: Int, _ message: String, data: String? = nil) -> [String] {
        let data = data.map { #","data":"\#($0)""# } ?? ""
        return [#"{"jsonrpc":"2.0","id":\#(request.id),"error":{"code":\#(code),"message":"\#(message)"\#(data)}}"#]
    }

    static func notification(_ method: String, _ subscription: String, _ json: String) -> String {
        #"{"jsonrpc":"2.0","method":"\#(method)","params":{"subscription":"\#(subscription)","result":\#(json)}}"#
    }

    static func header(_ number: Int) -> String {
        let zeros = "0x" + String(repeating: "00", count: 32)
        return #"{"parentHash":"\#(zeros)","number":"0x\#(String(number, radix: 16))","stateRoot":"\#(zeros)","#
            + #""extrinsicsRoot":"\#(zeros)","digest":{"logs":[]}}"#
    }

    static let opaqueMetadata: String = {
        var encoder = ScaleEncoder()
        encoder.byte(1)
        encoder.byteVector((try? Fixture.bytes(Fixture.metadataPath)) ?? [])
        return encoder.bytes.hex
    }()

    /// What a node says that has nothing to tell.
    static func plain(_ request: Request, _ node: ScriptedNode) -> [String] {
        switch request.method {
        case "chain_getBlockHash": result(request, "\"\(node.genesis)\"")
        case "chain_getHeader": result(request, header(100))
        case "state_getRuntimeVersion":
            result(request, #"{"specVersion":\#(node.state.withLock { $0.specVersion }),"transactionVersion":1}"#)
        case "state_call" where request.parameters.first?.string == "Metadata_metadata_at_version":
            result(request, "\"\(opaqueMetadata)\"")
        case "state_subscribeRuntimeVersion": result(request, "\"version-1\"")
        case "account_nextIndex": result(request, "0")
        default: error(request, -32601, "Method not found")
        }
    }
}
