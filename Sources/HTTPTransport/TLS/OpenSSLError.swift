import COpenSSL

/// OpenSSL's queue of errors, one per thread: cleared before a call that may fail, read after it.
enum OpenSSLError {
    static func clear() {
        ERR_clear_error()
    }

    /// The text of the first error, which is the cause of the rest, and an empty queue.
    static func takeText() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return "no reason given" }
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &text, text.count)
        // error:<number>:<library>:<function>:<reason>
        let line = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let parts = line.split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false)
        return parts.count == 5 ? String(parts[4]) : line
    }
}
