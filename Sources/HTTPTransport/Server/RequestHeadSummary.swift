import NIOHTTP1

/// What a request's head says about its framing and content, found in one pass over the fields.
///
/// - Source: RFC 9112, sections 3.2 and 6; RFC 9110, section 10.1.1.
struct RequestHeadSummary {
    /// Of the target and all fields.
    private(set) var bytes = 0
    private(set) var contentLength = 0
    private(set) var isChunked = false
    private(set) var expectsContinue = false
    /// After such a request NIO's decoder stops: what follows may be another protocol.
    private(set) var mayUpgrade = false
    private(set) var hasContentEncoding = false
    /// The value of `accept-encoding`; its members joined when there are several fields.
    private(set) var acceptEncoding: String?
    /// The status that refuses the request; nil when it is well formed.
    private(set) var fault: HTTPResponseStatus?

    /// What the body takes up while it is received so, as far as the head tells.
    func expectedBytes(_ reception: BodyReception) -> Int {
        reception.expectedBytes(of: contentLength, isChunked: isChunked)
    }

    init(_ head: HTTPRequestHead) {
        var hosts = 0
        var host: String?
        var lengths = 0
        var encodings = 0
        let isOld = head.version.minor == 0
        bytes = head.uri.utf8.count
        for (name, value) in head.headers {
            bytes += name.utf8.count + value.utf8.count + 32
            switch name.utf8.count {
            case 4 where HTTPSyntax.equals(name, lowercase: "host"):
                hosts += 1
                host = value
            case 6 where HTTPSyntax.equals(name, lowercase: "expect") && !isOld:
                if HTTPSyntax.equals(value, lowercase: "100-continue") {
                    expectsContinue = true
                } else {
                    fault = .expectationFailed
                }
            case 7 where HTTPSyntax.equals(name, lowercase: "upgrade"):
                mayUpgrade = true
            case 14 where HTTPSyntax.equals(name, lowercase: "content-length"):
                lengths += 1
                guard let length = Self.length(value) else {
                    fault = .badRequest
                    return
                }
                contentLength = length
            case 15 where HTTPSyntax.equals(name, lowercase: "accept-encoding"):
                acceptEncoding = acceptEncoding.map { $0 + "," + value } ?? value
            case 16 where HTTPSyntax.equals(name, lowercase: "content-encoding"):
                hasContentEncoding = true
            case 17 where HTTPSyntax.equals(name, lowercase: "transfer-encoding"):
                encodings += 1
                isChunked = true
                if !HTTPSyntax.equals(value, lowercase: "chunked") { fault = Self.fault(ofTransferCodings: value) }
            default:
                break
            }
        }
        // Two lengths, or a length beside chunks, is how a request is smuggled past a proxy in front.
        if lengths + encodings > 1 || (isOld && encodings > 0) { fault = .badRequest }
        if head.method == .CONNECT {
            mayUpgrade = true
            fault = fault ?? .methodNotAllowed
        } else if hosts > 1 || (hosts == 0 && !isOld) || !RequestTarget.isConsistent(head.uri, host: host) {
            fault = .badRequest
        }
    }

    private static func length(_ text: String) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text)
    }

    /// Codings below a final `chunked` are valid but not implemented here; anything else leaves the length unknown.
    private static func fault(ofTransferCodings value: String) -> HTTPResponseStatus {
        let codings = value.split(separator: ",", omittingEmptySubsequences: false).map(HTTPSyntax.trimmed)
        let known = ["gzip", "x-gzip", "deflate", "compress", "x-compress"]
        guard codings.count > 1, codings.last?.lowercased() == "chunked",
            codings.dropLast().allSatisfy({ known.contains($0.lowercased()) })
        else { return .badRequest }
        return .notImplemented
    }
}
