public import NIOCore

/// A JSON text, validated once (RFC 8259, UTF-8) and kept as it came.
///
/// Parsing writes one token per value into a flat tape: no tree, no strings. Values are decoded when they are asked
/// for, and ``JSONElement/rawBytes`` passes a value on byte for byte.
public struct JSONDocument: Sendable {
    let storage: JSONStorage

    public init(parsing bytes: ByteBuffer, limits: JSONLimits = .init()) throws(JSONError) {
        guard bytes.readableBytes <= Int(Int32.max) else {
            throw JSONError(code: .tooLong, offset: 0, message: "The text is longer than 2 GiB")
        }
        let parsed = bytes.withUnsafeReadableBytes { text -> Result<[JSONToken], JSONError> in
            var parser = JSONParser(text: text, limits: limits)
            return Result { () throws(JSONError) in try parser.parse() }
        }
        storage = JSONStorage(bytes: bytes, tape: try parsed.get())
    }

    public init(parsing text: String, limits: JSONLimits = .init()) throws(JSONError) {
        try self.init(parsing: ByteBuffer(string: text), limits: limits)
    }

    public var root: JSONElement { JSONElement(storage: storage, index: 0) }
}

final class JSONStorage: Sendable {
    let bytes: ByteBuffer
    let tape: [JSONToken]

    init(bytes: ByteBuffer, tape: [JSONToken]) {
        self.bytes = bytes
        self.tape = tape
    }
}

/// One value's place in the text, and where the next value after it (and all within it) stands on the tape.
struct JSONToken {
    enum Kind: UInt8 { case object, array, string, escapedString, number, yes, no, null }
    var kind: Kind
    /// Bytes from the start of the text; for a string the quotes are outside.
    var offset: UInt32
    var length: UInt32
    /// Index on the tape of the first token behind this value.
    var next: UInt32 = 0
    /// Elements of an array, members of an object.
    var count: UInt32 = 0
}
