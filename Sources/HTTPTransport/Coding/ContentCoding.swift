import NIOHTTP1

/// How a message's content is compressed.
///
/// - Source: RFC 9110, section 8.4.1; RFC 7932 (`br`); RFC 8878 and RFC 9659 (`zstd`).
public enum ContentCoding: String, Sendable, CaseIterable {
    case identity
    case gzip
    /// The zlib format; raw deflate data, which some send under this name, is understood too.
    case deflate
    case brotli = "br"
    case zstd

    /// The value of an `accept-encoding` field that names all of them.
    public static let acceptable = "zstd, br, gzip, deflate"

    /// By the name that `content-encoding` and `accept-encoding` have for it, in any case.
    init?(name: some StringProtocol) {
        switch name.lowercased() {
        case "x-gzip": self = .gzip
        case let name: self.init(rawValue: name)
        }
    }

    /// The coding that `content-encoding` states; identity without the field.
    ///
    /// - Throws: ``ContentCodingFault/unsupported`` for an unknown coding and for several on top of one another.
    static func stated(in headers: HTTPHeaders) throws(ContentCodingFault) -> ContentCoding {
        var stated: ContentCoding?
        for (name, value) in headers where HTTPSyntax.equals(name, lowercase: "content-encoding") {
            guard stated == nil, let coding = ContentCoding(name: HTTPSyntax.trimmed(value)) else { throw .unsupported }
            stated = coding
        }
        return stated ?? .identity
    }
}
