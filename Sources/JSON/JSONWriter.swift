public import NIOCore

/// Writes one JSON text into a buffer; puts the commas itself.
///
///     var writer = JSONWriter()
///     writer.beginObject()
///     writer.member("id", "chatcmpl-1")
///     writer.name("choices")
///     writer.beginArray()
///     writer.endArray()
///     writer.endObject()
public struct JSONWriter {
    /// What was written so far.
    public private(set) var buffer: ByteBuffer
    private var needsComma = false

    public init(capacity: Int = 256) {
        buffer = ByteBuffer()
        buffer.reserveCapacity(capacity)
    }

    /// Continues a buffer that others wrote to before, such as one with an event's `data: ` in it.
    public init(appendingTo buffer: ByteBuffer) { self.buffer = buffer }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    public mutating func name(_ name: String) {
        separate()
        quote(name)
        buffer.writeInteger(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func string(_ value: String) {
        separate()
        quote(value)
        needsComma = true
    }

    public mutating func int(_ value: some BinaryInteger) { raw(String(value)) }
    public mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }
    public mutating func null() { raw("null") }

    /// The shortest text that reads back as this number; `null` for one that JSON can't say.
    public mutating func double(_ value: Double) { raw(value.isFinite ? "\(value)" : "null") }

    /// A JSON text made elsewhere, as it is.
    public mutating func raw(_ text: ByteBuffer) {
        separate()
        buffer.writeImmutableBuffer(text)
        needsComma = true
    }

    /// A JSON text made elsewhere, as it is.
    public mutating func raw(_ text: String) {
        separate()
        buffer.writeString(text)
        needsComma = true
    }

    public mutating func member(_ name: String, _ value: String) {
        self.name(name)
        string(value)
    }
    public mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        bool(value)
    }
    public mutating func member(_ name: String, _ value: some BinaryInteger) {
        self.name(name)
        int(value)
    }
    public mutating func member(_ name: String, _ value: Double) {
        self.name(name)
        double(value)
    }
    public mutating func member(_ name: String, raw value: ByteBuffer) {
        self.name(name)
        raw(value)
    }
    public mutating func member(_ name: String, null: Void) {
        self.name(name)
        self.null()
    }

    /// The string or `null`.
    public mutating func member(_ name: String, optional value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    /// The number or `null`.
    public mutating func member<I: BinaryInteger>(_ name: String, optional value: I?) {
        self.name(name)
        if let value { int(value) } else { null() }
    }

    private mutating func separate() {
        if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        buffer.writeInteger(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        buffer.writeInteger(bracket)
        needsComma = true
    }

    private mutating func quote(_ text: String) {
        buffer.writeInteger(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for index in 0..<bytes.count {
                let byte = bytes[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                buffer.writeBytes(bytes[start..<index])
                writeEscape(of: byte)
                start = index + 1
            }
            buffer.writeBytes(bytes[start...])
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func writeEscape(of byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
        case 0x0A: buffer.writeStaticString("\\n")
        case 0x0D: buffer.writeStaticString("\\r")
        case 0x09: buffer.writeStaticString("\\t")
        default:
            let digits = Array("0123456789abcdef".utf8)
            buffer.writeStaticString("\\u00")
            buffer.writeInteger(digits[Int(byte >> 4)])
            buffer.writeInteger(digits[Int(byte & 15)])
        }
    }
}
