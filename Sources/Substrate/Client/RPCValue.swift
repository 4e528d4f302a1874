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
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("id", id)
        writer.member("method", method)
        writer.name("params")
        RPCValue.array(parameters).write(to: &writer)
        writer.endObject()
        return writer.buffer
    }
}
