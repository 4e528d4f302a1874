import Testing

/// One request as a hostile client may send it, and what must become of it.
///
/// Behind every one a second request follows at once: it must not be read when the first is refused, and be the very
/// next when it is taken. Two parsers that see different ends here are what request smuggling needs.
struct HostileRequest: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        /// Answered with this status, and nothing behind it is read.
        case refused(Int)
        /// The responder sees it so: method, target and body.
        case taken(String)
    }

    var name: String
    var bytes: [UInt8]
    var outcome: Outcome

    var testDescription: String { name }

    /// - Parameter text: each scalar is one byte (ISO 8859-1).
    init(_ name: String, _ text: String, _ outcome: Outcome) {
        self.name = name
        bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        self.outcome = outcome
    }

    static let follower = Array("GET /next HTTP/1.1\r\nhost: a\r\n\r\n".utf8)

    /// A POST with these field lines behind `host`.
    static func post(_ fields: String, _ body: String, _ outcome: Outcome, version: String = "1.1") -> HostileRequest {
        let name = "\(fields) | \(body)".prefix(100).map { $0.isNewline ? "⏎" : String($0) }.joined()
        return HostileRequest(name, "POST / HTTP/\(version)\r\nhost: a\r\n\(fields)\r\n\r\n\(body)", outcome)
    }

    /// A GET of these first lines.
    static func head(_ lines: String, _ outcome: Outcome) -> HostileRequest {
        let name = lines.prefix(100).map { $0.isNewline ? "⏎" : String($0) }.joined()
        return HostileRequest(name, "\(lines)\r\n\r\n", outcome)
    }

    static let all = framing + codings + lengths + chunks + lines + targets + fields + bounds
}
