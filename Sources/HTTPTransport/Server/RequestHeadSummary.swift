import NIOHTTP1

/// What a request's head says about its framing, found in one pass over the fields.
///
/// - Source: RFC 9112, sections 3.2 and 6.1; RFC 9110, section 10.1.1.
struct RequestHeadSummary {
    private(set) var contentLength = 0
    private(set) var expectsContinue = false
    /// After such a request NIO's decoder stops: what follows may be another protocol.
    private(set) var mayUpgrade = false
    /// The status that refuses the request; nil when it is well formed.
    private(set) var fault: HTTPResponseStatus?

    init(_ head: HTTPRequestHead) {
        var hosts = 0
        var lengths = 0
        var encodings = 0
        let isOld = head.version.minor == 0
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 4 where HTTPSyntax.equals(name, lowercase: "host"):
                hosts += 1
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
                guard let length = Int(value), length >= 0 else {
                    fault = .badRequest
                    return
                }
                contentLength = length
            case 17 where HTTPSyntax.equals(name, lowercase: "transfer-encoding"):
                encodings += 1
                if !HTTPSyntax.equals(value, lowercase: "chunked") { fault = .badRequest }
            default:
                break
            }
        }
        if head.method == .CONNECT {
            mayUpgrade = true
            fault = .methodNotAllowed
        }
        // Two lengths, or a length beside chunks, is how a request is smuggled past a proxy in front.
        if lengths + encodings > 1 || (isOld && encodings > 0) { fault = .badRequest }
        if hosts > 1 || (hosts == 0 && !isOld) { fault = .badRequest }
    }
}
