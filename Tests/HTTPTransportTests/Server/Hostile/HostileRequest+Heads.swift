/// What a head may look like: RFC 9112, sections 2 to 5, and RFC 9110, sections 5 to 7 and 10.1.1.
extension HostileRequest {
    private static func letters(_ count: Int) -> String { String(repeating: "a", count: count) }

    static let lines: [HostileRequest] = [
        HostileRequest("LF alone ends all lines", "POST / HTTP/1.1\nhost: a\ncontent-length: 0\n\n", .refused(400)),
        HostileRequest(
            "LF alone ends a field", "POST / HTTP/1.1\r\nhost: a\nx: y\r\ncontent-length: 0\r\n\r\n", .refused(400)),
        HostileRequest(
            "LF alone ends the first line", "POST / HTTP/1.1\nhost: a\r\ncontent-length: 0\r\n\r\n", .refused(400)),
        HostileRequest(
            "LF CRLF ends the head", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\n\r\n", .refused(400)),
        HostileRequest(
            "CRLF LF ends the head", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\n", .refused(400)),
        HostileRequest(
            "CR alone ends a field", "POST / HTTP/1.1\r\nhost: a\rcontent-length: 0\r\n\r\n", .refused(400)),
        HostileRequest("CR CR in a value", "GET / HTTP/1.1\r\nhost: a\r\nx: y\r\rz\r\n\r\n", .refused(400)),
        HostileRequest("empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n", .taken("GET / ")),
        HostileRequest("HTTP/0.9", "GET /\r\n", .refused(400)),
        HostileRequest("HTTP/0.9 with fields", "GET /\r\nhost: a\r\n\r\n", .refused(400)),
    ]

    static let targets: [HostileRequest] =
        [
            "GET / HTTP/1.2", "GET / HTTP/2.0", "GET / HTTP/1.10", "GET / http/1.1", "GET / HTTP/1,1", "GET / HTTP/11",
            "GET / HTTP/-1.1", "GET /  HTTP/1.1 HTTP/1.1", "GET / / HTTP/1.1", "GET\t/\tHTTP/1.1", "GET /\0 HTTP/1.1",
            "GET /\u{ff} HTTP/1.1", "GET /\r HTTP/1.1", "GET a HTTP/1.1", "GET http://b/ HTTP/1.1",
            "GET http://a@b/ HTTP/1.1", "GET http:///a HTTP/1.1", "GET ftp://a/ HTTP/1.1",
            "GET /a\u{7f} HTTP/1.1", "GE(T / HTTP/1.1", "get / HTTP/1.1", "\u{ff}GET / HTTP/1.1", "GET",
        ].map { .head("\($0)\r\nhost: a", .refused(400)) }
        + [
            .head("GET http://a/b?c HTTP/1.1\r\nhost: a", .taken("GET http://a/b?c ")),
            .head("GET HTTP://A/b HTTP/1.1\r\nhost: a", .taken("GET HTTP://A/b ")),
            .head("OPTIONS * HTTP/1.1\r\nhost: a", .taken("OPTIONS * ")),
            .head("GET /%00%0d%0aa HTTP/1.1\r\nhost: a", .taken("GET /%00%0d%0aa ")),
            .head("GET /a#b HTTP/1.1\r\nhost: a", .taken("GET /a#b ")),
            .head("CONNECT a:1 HTTP/1.1\r\nhost: a:1", .refused(405)),
            .head("GET /\(letters(200)) HTTP/1.1\r\nhost: a", .refused(414)),
            .head("GET /\(letters(1_900)) HTTP/1.1\r\nhost: a", .refused(414)),
        ]

    static let fields: [HostileRequest] =
        [
            "", "host: a\r\nhost: a", "host: a\r\nHost: b", "host: a/b", "host: a b", "host: a@b", "host: a,b",
            "host: a\0",
            " host: a", "host : a", "host: a\r\n: y", "host: a\r\nx", "host: a\r\nx: y\r\n\tz", "host: a\r\nx\0: y",
            "host: a\r\nx: y\0z", "host: a\r\nx: y\u{1}", "host: a\r\nx: y\u{7f}", "host: a\r\nx(: y",
            "host: a\r\n\u{ff}: y",
            "host: a\r\nx y: z",
        ].map { .head("GET / HTTP/1.1\r\n\($0)", .refused(400)) }
        + ["host: a\r\nx: \u{80}\u{ff}", "host: a\r\nx:", "host: a\r\nx: y\tz", "host: [::1]:80", "host: "].map {
            .head("GET / HTTP/1.1\r\n\($0)", .taken("GET / "))
        }
        + [
            .head("GET / HTTP/1.1\r\nhost: a\r\nexpect: 200-ok", .refused(417)),
            .head("GET / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue, x", .refused(417)),
            .head("GET / HTTP/1.1\r\nhost: a\r\nexpect: x\r\nexpect: 100-continue", .refused(417)),
            .post("content-encoding: lzma\r\ncontent-length: 1", "a", .refused(415)),
            .post("content-encoding: gzip\r\ncontent-length: 1", "a", .refused(400)),
        ]

    static let bounds: [HostileRequest] = [
        .head("GET / HTTP/1.1\r\nhost: a\r\nx: \(letters(3_000))", .refused(431)),
        .head("GET / HTTP/1.1\r\nhost: a\r\n\(letters(3_000)): x", .refused(431)),
        .head("GET / HTTP/1.1\r\nhost: a" + String(repeating: "\r\nx: \(letters(100))", count: 25), .refused(431)),
        .head("GET / HTTP/1.1\r\nhost: a" + String(repeating: "\r\nx: y", count: 40), .refused(431)),
        .head("GET / HTTP/1.1\r\nhost: a" + String(repeating: "\r\nx:", count: 40), .refused(431)),
    ]
}
