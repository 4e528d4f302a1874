internal import JSON
internal import NIOCore
internal import Signing

/// A parameter of a JSON-RPC call.
public enum RPCValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case uint(UInt64)
    case string(String)
    case array([RPCValue])

    /// Bytes as `0x…`.
    public static func hex(_ bytes: [UInt8]) -> RPCValue { .string("0x" + Hex.encode(bytes)) }

    /// A block to read at; nil means the node's best.
    public static func at(_ block: BlockHash?) -> RPCValue { block.map { .string($0.hex) } ?? .null }

    func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .uint(let value): writer.int(value)
        case .string(let value): writer.string(value)
        case .array(let values):
            writer.beginArray()
            for value in values { value.write(to: &writer) }
            writer.endArray()
        }
    }

    /// One request of JSON-RPC 2.0.
    static func request(id: UInt64, method: String, _ parameters: [RPCValue]) -> ByteBuffer {
        var writer = JSONWriter()
        write(RPCCall(method, parameters), id: id, to: &writer)
        return writer.buffer
    }

    /// Several requests in one message.
    static func batch(_ calls: [(id: UInt64, call: RPCCall)]) -> ByteBuffer {
        var writer = JSONWriter()
        writer.beginArray()
        for item in calls { write(item.call, id: item.id, to: &writer) }
        writer.endArray()
        return writer.buffer
    }

    private static func write(_ call: RPCCall, id: UInt64, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("id", id)
        writer.member("method", call.method)
        writer.name("params")
        RPCValue.array(call.parameters).write(to: &writer)
        writer.endObject()
    }
}
