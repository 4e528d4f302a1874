import CNGHTTP2
import NIOHTTP1

/// Puts the fields of one message into the form that nghttp2 takes, in memory that is used again.
///
/// nghttp2 checks nothing that it sends, so that names and values are checked here.
struct HTTP2FieldEncoder {
    private struct Span {
        var nameStart: Int, nameCount: Int, valueStart: Int, valueCount: Int
        var isSecret: Bool
    }

    private var bytes: [UInt8] = []
    private var spans: [Span] = []
    private var fields: [nghttp2_nv] = []

    mutating func reset() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 8_192)
        spans.removeAll(keepingCapacity: true)
    }

    /// Adds a pseudo-header or a field of the own side; `name` is lower case.
    mutating func add(_ name: StaticString, _ value: String) {
        let nameStart = bytes.count
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        let valueStart = bytes.count
        bytes.append(contentsOf: value.utf8)
        spans.append(
            Span(
                nameStart: nameStart, nameCount: valueStart - nameStart, valueStart: valueStart,
                valueCount: bytes.count - valueStart, isSecret: false))
    }

    /// Adds the fields that describe the message; those that describe the connection or the framing are left out.
    ///
    /// - Throws: ``TransportError`` with code `invalidMessage`.
    mutating func add(_ headers: HTTPHeaders, isResponse: Bool) throws(TransportError) {
        for (name, value) in headers {
            var name = name
            if name.withUTF8({ Self.isLeftOut($0, isResponse) }) { continue }
            guard add(&name, value) else {
                throw TransportError(.invalidMessage, .gateway, "a header field contains characters it must not")
            }
        }
    }

    private mutating func add(_ name: inout String, _ value: String) -> Bool {
        let nameStart = bytes.count
        let isToken = name.withUTF8 { name in
            guard HTTPSyntax.isToken(name) else { return false }
            for byte in name {
                bytes.append((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte)
            }
            return true
        }
        guard isToken else { return false }
        let valueStart = bytes.count
        var value = value
        let isValue = value.withUTF8 { value in
            guard HTTPSyntax.isFieldValue(value) else { return false }
            bytes.append(contentsOf: Self.trimmed(value))
            return true
        }
        guard isValue else { return false }
        spans.append(
            Span(
                nameStart: nameStart, nameCount: valueStart - nameStart, valueStart: valueStart,
                valueCount: bytes.count - valueStart, isSecret: isSecret(nameStart..<valueStart)))
        return true
    }

    /// A value must not begin or end with blanks (RFC 9113, section 8.2.1).
    private static func trimmed(_ value: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>> {
        var value = value[...]
        while let byte = value.first, byte == 0x20 || byte == 0x09 { value.removeFirst() }
        while let byte = value.last, byte == 0x20 || byte == 0x09 { value.removeLast() }
        return value
    }

    /// Fields whose guessing the compression must not help (RFC 7541, section 7.1.3).
    private func isSecret(_ name: Range<Int>) -> Bool {
        switch name.count {
        case 6: bytes[name].elementsEqual("cookie".utf8)
        case 10: bytes[name].elementsEqual("set-cookie".utf8)
        case 13: bytes[name].elementsEqual("authorization".utf8)
        case 19: bytes[name].elementsEqual("proxy-authorization".utf8)
        default: false
        }
    }

    private static func isLeftOut(_ name: UnsafeBufferPointer<UInt8>, _ isResponse: Bool) -> Bool {
        switch name.count {
        case 2: HTTPSyntax.equals(name, lowercase: "te")
        case 4: HTTPSyntax.equals(name, lowercase: isResponse ? "date" : "host")
        case 7: HTTPSyntax.equals(name, lowercase: "upgrade")
        case 10: HTTPSyntax.equals(name, lowercase: "connection") || HTTPSyntax.equals(name, lowercase: "keep-alive")
        case 14: HTTPSyntax.equals(name, lowercase: "content-length")
        case 16: HTTPSyntax.equals(name, lowercase: "proxy-connection")
        case 17: HTTPSyntax.equals(name, lowercase: "transfer-encoding")
        default: false
        }
    }

    /// What nghttp2 takes the block's size to be at most.
    var bound: Int { 12 + bytes.count + 12 * spans.count }

    /// Lends the fields for one call. nghttp2 copies them.
    mutating func withFields<R>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> R) -> R {
        bytes.withUnsafeMutableBufferPointer { bytes in
            fields.removeAll(keepingCapacity: true)
            for span in spans {
                // An empty array has no address, but then there are no fields either.
                guard let start = bytes.baseAddress else { break }
                let flags = span.isSecret ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE
                fields.append(
                    nghttp2_nv(
                        name: start + span.nameStart, value: start + span.valueStart, namelen: span.nameCount,
                        valuelen: span.valueCount, flags: UInt8(truncatingIfNeeded: flags.rawValue)))
            }
            return fields.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
        }
    }
}
