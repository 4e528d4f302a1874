import CNGHTTP2

/// Decodes the header blocks of one connection with nghttp2's decompressor.
///
/// `@unchecked Sendable`: used on the connection's event loop only.
final class FieldBlockReader: @unchecked Sendable {
    private var inflater: OpaquePointer?

    init() {
        precondition(nghttp2_hd_inflate_new(&inflater) == 0, "no memory for a decompressor")
    }

    deinit {
        nghttp2_hd_inflate_del(inflater)
    }

    /// - Returns: nil for a block that is not valid.
    func read(_ block: [UInt8]) -> [(name: String, value: String)]? {
        var fields: [(name: String, value: String)] = []
        let isValid = block.withUnsafeBufferPointer { bytes in
            guard var next = bytes.baseAddress else { return true }
            var rest = bytes.count
            while true {
                var field = nghttp2_nv()
                var flags: Int32 = 0
                let used = nghttp2_hd_inflate_hd2(inflater, &field, &flags, next, rest, 1)
                guard used >= 0 else { return false }
                next += used
                rest -= used
                if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                    fields.append((Self.text(field.name, field.namelen), Self.text(field.value, field.valuelen)))
                }
                if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 {
                    return nghttp2_hd_inflate_end_headers(inflater) == 0
                }
                if used == 0, flags == 0 { return false }
            }
        }
        return isValid ? fields : nil
    }

    private static func text(_ start: UnsafePointer<UInt8>?, _ count: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }
}
