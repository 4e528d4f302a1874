import JSON
import NIOCore
import Signing
import Substrate

/// One call of a client.
struct RPCRequest {
    /// The id exactly as it came, `nil` for a notification.
    let id: ByteBuffer?
    let method: String
    let parameters: RPCParameters

    init(_ element: JSONElement) throws(RPCError) {
        guard element.kind == .object, element["jsonrpc"]?.isString("2.0") == true else {
            throw .invalidRequest("not a JSON-RPC 2.0 object")
        }
        guard let method = element["method"]?.string else { throw .invalidRequest("no method") }
        self.method = method
        id = element["id"].flatMap { [.string, .number, .null].contains($0.kind) ? $0.rawBytes : nil }
        parameters = try RPCParameters(element["params"])
    }
}

/// A call's parameters by position. Absent ones and `null` are the same.
struct RPCParameters {
    private let elements: [JSONElement]

    init(_ element: JSONElement?) throws(RPCError) {
        switch element?.kind {
        case nil, .null: elements = []
        case .array: elements = element.map { Array($0.elements) } ?? []
        default: throw .invalidParameters("parameters go by position, in an array")
        }
    }

    subscript(_ position: Int) -> JSONElement? {
        guard elements.indices.contains(position), !elements[position].isNull else { return nil }
        return elements[position]
    }

    func text(_ position: Int, _ what: String) throws(RPCError) -> String {
        guard let text = self[position]?.string else { throw .invalidParameters("\(what) is missing or no string") }
        return text
    }

    /// Bytes in hex, with or without 0x.
    func bytes(_ position: Int, _ what: String) throws(RPCError) -> [UInt8] {
        try RPCHex.bytes(try text(position, what), what)
    }

    /// A list of byte strings in hex.
    func byteStrings(_ position: Int, _ what: String) throws(RPCError) -> [[UInt8]] {
        guard let list = self[position], list.kind == .array else { throw .invalidParameters("\(what) is no array") }
        var strings: [[UInt8]] = []
        for element in list.elements {
            guard let text = element.string else { throw .invalidParameters("\(what) holds what is no string") }
            strings.append(try RPCHex.bytes(text, what))
        }
        return strings
    }
}

/// Bytes as a node's JSON writes them.
enum RPCHex {
    static func bytes(_ text: String, _ what: String) throws(RPCError) -> [UInt8] {
        guard let bytes = try? Hex.decode(text) else { throw .invalidParameters("\(what) is not hex") }
        return bytes
    }

    static func text(_ bytes: [UInt8]) -> String { "0x" + Hex.encode(bytes) }

    /// A number as a node writes block numbers.
    static func text(_ number: UInt32) -> String { "0x" + String(number, radix: 16) }
}

/// What goes back to a client.
enum RPCResponse {
    static func result(_ value: ByteBuffer, id: ByteBuffer) -> ByteBuffer {
        var writer = JSONWriter(capacity: value.readableBytes + 64)
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("id", raw: id)
        writer.member("result", raw: value)
        writer.endObject()
        return writer.buffer
    }

    /// - Parameter id: `nil` where the request's could not be read.
    static func error(_ error: RPCError, id: ByteBuffer?) -> ByteBuffer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("id", raw: id ?? ByteBuffer(string: "null"))
        writer.name("error")
        writer.beginObject()
        writer.member("code", error.code)
        writer.member("message", error.message)
        if let data = error.data { writer.member("data", data) }
        writer.endObject()
        writer.endObject()
        return writer.buffer
    }

    /// One notification of a subscription.
    static func notification(
        _ method: String, subscription: String, _ result: (inout JSONWriter) -> Void
    ) -> ByteBuffer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("method", method)
        writer.name("params")
        writer.beginObject()
        writer.member("subscription", subscription)
        writer.name("result")
        result(&writer)
        writer.endObject()
        writer.endObject()
        return writer.buffer
    }
}

extension JSONWriter {
    /// Bytes in hex, or `null`.
    mutating func bytes(_ bytes: [UInt8]?) {
        if let bytes { string(RPCHex.text(bytes)) } else { null() }
    }

    mutating func header(_ header: Header) {
        beginObject()
        member("parentHash", header.parentHash.hex)
        member("number", RPCHex.text(header.number))
        member("stateRoot", header.stateRoot.hex)
        member("extrinsicsRoot", header.extrinsicsRoot.hex)
        name("digest")
        beginObject()
        name("logs")
        beginArray()
        endArray()
        endObject()
        endObject()
    }

    mutating func runtimeVersion() {
        beginObject()
        member("specName", RuntimeDefinition.specName)
        member("implName", RuntimeDefinition.specName)
        member("authoringVersion", 1)
        member("specVersion", RuntimeDefinition.specVersion)
        member("implVersion", 1)
        name("apis")
        beginArray()
        endArray()
        member("transactionVersion", RuntimeDefinition.transactionVersion)
        member("stateVersion", 1)
        endObject()
    }

    /// One block's values of some storage keys.
    mutating func storageChanges(_ keys: [[UInt8]], _ snapshot: StorageSnapshot, block: Block) {
        beginObject()
        member("block", block.hash.hex)
        name("changes")
        beginArray()
        for key in keys {
            beginArray()
            bytes(key)
            bytes(snapshot.bytes(at: key))
            endArray()
        }
        endArray()
        endObject()
    }
}
