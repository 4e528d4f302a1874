/// HTTP semantics (RFC 9113, section 8).
enum Section8Cases {
    typealias Field = FieldBlock.Field
    static let malformed = Outcome.streamError([.protocolError])

    static let all = messages + names + pseudoHeaders + connectionSpecific + lengths + push

    static let messages: [ConformanceCase] = [
        .init("8.1 GET is answered", .answerWith(body: "hello, world"), .get(1)),
        .init("8.1 HEAD is answered without a body", .answerWith(body: ""), block: FieldBlock.request("HEAD")),
        .init("8.1 POST is answered", .answerWith(body: "test"), .post(1), .data(1, end: true)),
        .init(
            "8.1 POST with trailers is answered", .answerWith(body: "test"), .post(1, [("trailer", "x-test")]),
            .data(1), .headers(1, FieldBlock.literal("x-test", "ok"))),
        .init(
            "8.1 trailers may follow the head at once", .answerWith(body: ""), .post(1),
            .headers(1, FieldBlock.literal("x-test", "ok"))),
        .init(
            "8.1 a second head without END_STREAM is malformed", malformed, .post(1), .data(1),
            .headers(1, FieldBlock.literal("x-test", "ok"), end: false)),
        .init(
            "8.1 a pseudo-header in trailers is malformed", malformed, .post(1), .data(1),
            .headers(1, FieldBlock.literal(":method", "POST"))),
        .init(
            "8.1 an unknown pseudo-header in trailers is malformed", malformed, .post(1), .data(1),
            .headers(1, FieldBlock.literal(":x", "1"))),
        .init(
            "8.1 an uppercase name in trailers is malformed", malformed, .post(1), .data(1),
            .headers(1, FieldBlock.literal("X-Test", "1"))),
        .init(
            "8.1 connection in trailers is malformed", malformed, .post(1), .data(1),
            .headers(1, FieldBlock.literal("connection", "close"))),
        .init(
            "8.1 DATA behind trailers is an error", .streamError([.streamClosed]),
            settings: [Setting.initialWindowSize: 0], .post(1), .data(1),
            .headers(1, FieldBlock.literal("x-test", "ok")), .data(1, end: true)),
        .init("8.2.3 cookie fields may be several", .answer(), block: with([("cookie", "a=1"), ("cookie", "b=2")])),
    ]

    static let names: [ConformanceCase] = [
        request("8.2 an uppercase name is malformed", ("X-TEST", "ok")),
        request("8.2 one uppercase letter is malformed", ("x-tEst", "ok")),
        request("8.2.1 an empty name is malformed", ("", "ok")),
        request("8.2.1 a space in a name is malformed", ("x test", "ok")),
        request("8.2.1 a colon in a name is malformed", ("x:test", "ok")),
        request("8.2.1 CR LF in a name is malformed", ("x\r\ntest", "ok")),
        request("8.2.1 NUL in a name is malformed", ("x\0test", "ok")),
        request("8.2.1 a name beyond ASCII is malformed", ("x-\u{e9}", "ok")),
        request("8.2.1 DEL in a name is malformed", ("x\u{7f}", "ok")),
        request("8.2.1 CR LF in a value is malformed", ("x-test", "a\r\nx-forged: 1")),
        request("8.2.1 LF in a value is malformed", ("x-test", "a\nb")),
        request("8.2.1 CR in a value is malformed", ("x-test", "a\rb")),
        request("8.2.1 NUL in a value is malformed", ("x-test", "a\0b")),
        request("8.2.1 a value that starts with a space is malformed", ("x-test", " a")),
        request("8.2.1 a value that ends with a tab is malformed", ("x-test", "a\t")),
        .init("8.2.1 an empty value is taken", .answer(), block: with([("x-test", "")])),
        .init("8.2.1 a value beyond ASCII is taken", .answer(), block: with([("x-test", "caf\u{e9}")])),
        .init("8.2.1 a tab within a value is taken", .answer(), block: with([("x-test", "a\tb")])),
    ]

    static let pseudoHeaders: [ConformanceCase] = [
        request("8.3 an unknown pseudo-header is malformed", (":test", "ok")),
        request("8.3 :status in a request is malformed", (":status", "200")),
        .init(
            "8.3 a pseudo-header behind a field is malformed", malformed,
            block: FieldBlock.literal("x-test", "ok") + FieldBlock.request()),
        .init(
            "8.3 :path behind a field is malformed", malformed,
            block: FieldBlock.request(path: nil, [("x-test", "ok"), (":path", "/")])),
        .init("8.3.1 no :method is malformed", malformed, block: FieldBlock.request(nil)),
        .init("8.3.1 no :scheme is malformed", malformed, block: FieldBlock.request(scheme: nil)),
        .init("8.3.1 no :path is malformed", malformed, block: FieldBlock.request(path: nil)),
        .init("8.3.1 an empty :path is malformed", malformed, block: FieldBlock.request(path: "")),
        .init("8.3.1 an empty :method is malformed", malformed, block: FieldBlock.request("")),
        .init("8.3.1 an empty :scheme is malformed", malformed, block: FieldBlock.request(scheme: "")),
        request("8.3.1 a second :method is malformed", (":method", "GET")),
        request("8.3.1 a second :scheme is malformed", (":scheme", "http")),
        request("8.3.1 a second :path is malformed", (":path", "/")),
        request("8.3.1 a second :authority is malformed", (":authority", "localhost")),
        .init("8.3.1 a :path without its slash is malformed", malformed, block: FieldBlock.request(path: "index.html")),
        .init("8.3.1 a space in :method is malformed", malformed, block: FieldBlock.request("GET /")),
        .init("8.3.1 CR LF in :method is malformed", malformed, block: FieldBlock.request("GET / HTTP/1.1\r\nx: ")),
        .init("8.3.1 CR LF in :path is malformed", malformed, block: FieldBlock.request(path: "/ HTTP/1.1\r\nx: 1")),
        .init("8.3.1 a space in :path is malformed", malformed, block: FieldBlock.request(path: "/a b")),
        .init("8.3.1 NUL in :path is malformed", malformed, block: FieldBlock.request(path: "/\0")),
        .init(
            "8.3.1 CR LF in :authority is malformed", malformed,
            block: FieldBlock.request(authority: "localhost\r\nx: 1")),
        .init(
            "8.3.1 a space in :authority is malformed", malformed, block: FieldBlock.request(authority: "local host")),
        .init("8.3.1 CR LF in :scheme is malformed", malformed, block: FieldBlock.request(scheme: "http\r\nx")),
        .init("8.3.1 OPTIONS may ask for *", .answer(), block: FieldBlock.request("OPTIONS", path: "*")),
        .init("8.3.1 * is for OPTIONS alone", malformed, block: FieldBlock.request(path: "*")),
        .init(
            "8.3.1 host serves where :authority is missing", .answer(),
            block: FieldBlock.request(authority: nil, [("host", "localhost")])),
        .init(
            "8.3.1 an :authority that host contradicts is malformed", malformed,
            block: FieldBlock.request(authority: "localhost", [("host", "other")])),
        .init("8.5 CONNECT with :path and :scheme is malformed", malformed, block: FieldBlock.request("CONNECT")),
        .init(
            "8.5 CONNECT without :authority is malformed", malformed,
            block: FieldBlock.request("CONNECT", scheme: nil, path: nil, authority: nil)),
    ]

    static let connectionSpecific: [ConformanceCase] = [
        request("8.2.2 connection is malformed", ("connection", "keep-alive")),
        request("8.2.2 keep-alive is malformed", ("keep-alive", "timeout=5")),
        request("8.2.2 proxy-connection is malformed", ("proxy-connection", "keep-alive")),
        request("8.2.2 transfer-encoding is malformed", ("transfer-encoding", "chunked")),
        request("8.2.2 upgrade is malformed", ("upgrade", "websocket")),
        request("8.2.2 te other than trailers is malformed", ("te", "trailers, deflate")),
        request("8.2.2 te of gzip is malformed", ("te", "gzip")),
        .init("8.2.2 te of trailers is taken", .answer(), block: with([("te", "trailers")])),
    ]

    static let lengths: [ConformanceCase] = [
        .init(
            "8.1.1 a content-length below the body is malformed", malformed, .post(1, length("1")), .data(1, end: true)),
        .init(
            "8.1.1 a content-length above the body is malformed", malformed, .post(1, length("5")), .data(1, end: true)),
        .init(
            "8.1.1 a content-length below the sum of DATA is malformed", malformed, .post(1, length("1")), .data(1),
            .data(1, end: true)),
        .init(
            "8.1.1 a content-length without a body is malformed", malformed,
            block: FieldBlock.request("POST", length("4"))),
        .init(
            "8.1.1 a content-length that trailers cut short is malformed", malformed, .post(1, length("8")), .data(1),
            .headers(1, FieldBlock.literal("x-a", "1"))),
        .init(
            "8.1.1 a content-length that fits is taken", .answerWith(body: "test"), .post(1, length("4")),
            .data(1, end: true)),
        .init(
            "8.1.1 padding does not count for the content-length", .answerWith(body: "test"), .post(1, length("4")),
            CaseFrame(type: FrameType.data, flags: 9, stream: 1, payload: [2] + Array("test".utf8) + [0, 0])),
        .init(
            "8.1.1 two content-lengths are malformed", malformed, .post(1, length("4") + length("4")),
            .data(1, end: true)),
        .init(
            "8.1.1 contradicting content-lengths are malformed", malformed, .post(1, length("4") + length("5")),
            .data(1, end: true)),
        .init(
            "8.1.1 a content-length that is no number is malformed", malformed, .post(1, length("four")),
            .data(1, end: true)),
        .init("8.1.1 a negative content-length is malformed", malformed, .post(1, length("-4")), .data(1, end: true)),
        .init(
            "8.1.1 a content-length with a sign is malformed", malformed, .post(1, length("+4")), .data(1, end: true)),
        .init(
            "8.1.1 a content-length of 2^64 is malformed", malformed, .post(1, length("18446744073709551616")),
            .data(1, end: true)),
        .init("8.1.1 an empty content-length is malformed", malformed, .post(1, length("")), .data(1, end: true)),
    ]

    static let push: [ConformanceCase] = [
        .init(
            "8.4 a client cannot push", .connectionError([.protocolError]),
            .pushPromise(1, promises: 3, FieldBlock.request()))
    ]

    private static func with(_ fields: [Field]) -> [UInt8] { FieldBlock.request(fields) }

    private static func length(_ value: String) -> [Field] { [("content-length", value)] }

    /// A malformed request: one that is good but for this field behind it.
    private static func request(_ name: String, _ field: Field) -> ConformanceCase {
        ConformanceCase(name, malformed, block: with([field]))
    }
}

extension FieldBlock {
    static func request(_ more: [Field]) -> [UInt8] {
        request("GET", scheme: "http", path: "/", authority: "localhost", more)
    }
}
