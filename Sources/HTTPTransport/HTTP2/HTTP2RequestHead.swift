import NIOHTTP1

/// What a block of fields says as a request, found in one pass over the fields.
///
/// nghttp2 has refused what is malformed by RFC 9113, sections 8.2 and 8.3, with a few exceptions that are found here.
struct HTTP2RequestHead {
    private(set) var method = HTTPMethod.GET
    private(set) var headers = HTTPHeaders()
    private(set) var contentLength = 0
    private(set) var expectsContinue = false
    private(set) var hasContentEncoding = false
    /// The value of `accept-encoding`; its members joined when there are several fields.
    private(set) var acceptEncoding: String?
    /// The stream must be reset with PROTOCOL_ERROR.
    private(set) var isMalformed = false
    /// The status that refuses the request; nil when it is acceptable.
    private(set) var fault: HTTPResponseStatus?

    init(_ block: HTTP2HeaderBlock, maximumTargetBytes: Int) {
        method = HTTPMethod(rawValue: block.method)
        if block.isTooLarge {
            fault = .requestHeaderFieldsTooLarge
            return
        }
        if method == .CONNECT {
            fault = .methodNotAllowed
            return
        }
        if block.path.utf8.count > maximumTargetBytes {
            fault = .uriTooLong
            return
        }
        let isTarget = block.path.utf8.first == UInt8(ascii: "/") || (block.path == "*" && method == .OPTIONS)
        guard isTarget, HTTPSyntax.isTarget(block.path.utf8) else {
            fault = .badRequest
            return
        }
        take(block.fields, authority: block.authority)
    }

    private mutating func take(_ received: [(String, String)], authority: String?) {
        var fields: [(String, String)] = []
        fields.reserveCapacity(received.count + 1)
        if let authority { fields.append(("host", authority)) }
        var cookie: String?
        for (name, value) in received {
            switch name.utf8.count {
            case 4 where name == "host":
                // One host only, or two layers could see different ones (RFC 9113, section 8.3.1).
                if let authority {
                    if authority != value { isMalformed = true }
                    continue
                }
            case 6 where name == "cookie":
                // Compression splits it; it is one field to everybody else (RFC 9113, section 8.2.3).
                cookie = cookie.map { $0 + "; " + value } ?? value
                continue
            case 6 where name == "expect":
                if HTTPSyntax.equals(value, lowercase: "100-continue") {
                    expectsContinue = true
                } else {
                    fault = .expectationFailed
                }
            case 14 where name == "content-length":
                guard let length = Int(value), length >= 0 else {
                    isMalformed = true
                    return
                }
                contentLength = length
            case 15 where name == "accept-encoding":
                acceptEncoding = acceptEncoding.map { $0 + "," + value } ?? value
            case 16 where name == "content-encoding":
                hasContentEncoding = true
            default:
                break
            }
            fields.append((name, value))
        }
        if let cookie { fields.append(("cookie", cookie)) }
        headers = HTTPHeaders(fields)
    }
}
