import HTTPTransport
import JSON
import NIOCore
import Signing
import Substrate

/// A node that knows its runtime and answers everything else with `true`.
final class EchoNode: HTTPResponder {
    private let metadata: String

    init(metadata: [UInt8]) {
        var encoder = ScaleEncoder()
        encoder.byte(1)
        encoder.byteVector(metadata)
        self.metadata = "\"0x\(Hex.encode(encoder.bytes))\""
    }

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        // Becomes a plain 500.
        throw CancellationError()
    }

    func serve(_ socket: WebSocket) async {
        let zeros = "\"0x" + String(repeating: "00", count: 32) + "\""
        while let message = try? await socket.receive(), let root = try? JSONDocument(parsing: message).root {
            let result =
                switch root["method"]?.string {
                case "chain_getBlockHash": zeros
                case "state_getRuntimeVersion": #"{"specVersion":461,"transactionVersion":1}"#
                case "state_call": metadata
                case "state_subscribeRuntimeVersion": "\"version\""
                default: "true"
                }
            let text = #"{"jsonrpc":"2.0","id":\#(root["id"]?.uint64 ?? 0),"result":\#(result)}"#
            try? await socket.send(ByteBuffer(string: text))
        }
    }
}
