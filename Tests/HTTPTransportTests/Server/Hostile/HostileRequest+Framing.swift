/// Where a request ends: RFC 9112, sections 6 and 7.
extension HostileRequest {
    private static let chunked = "transfer-encoding: chunked"
    private static let end = "0\r\n\r\n"

    static let framing: [HostileRequest] = [
        .post("content-length: 5\r\n\(chunked)", end, .refused(400)),
        .post("\(chunked)\r\ncontent-length: 5", end, .refused(400)),
        .post("content-length: 0\r\n\(chunked)", end, .refused(400)),
        .post(chunked, end, .refused(400), version: "1.0"),
        .post("connection: keep-alive\r\ncontent-length: 5\r\n\(chunked)", end, .refused(400), version: "1.0"),
        .post("connection: transfer-encoding\r\n\(chunked)", end, .taken("POST / ")),
        .post("connection: content-length\r\ncontent-length: 1", "a", .taken("POST / a")),
        .post("x: y", "", .taken("POST / ")),
        HostileRequest(
            "a GET with a body", "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc", .taken("GET / abc")),
        HostileRequest(
            "a GET with chunks", "GET / HTTP/1.1\r\nhost: a\r\n\(chunked)\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            .taken("GET / abc")),
    ]

    /// Spellings of `transfer-encoding` that one parser may take for it and another not.
    static let codings: [HostileRequest] =
        [
            "xchunked", "chunkedx", "chunked, identity", "identity, chunked", "identity", "chunked, chunked",
            "chunked,",
            ",chunked", "chunked;q=1", "\"chunked\"", "chunk", "\u{b}chunked", "chunked\u{b}", "\u{a0}chunked", "",
            "chunked gzip", "gzip", "chunked, gzip",
        ].map { .post("transfer-encoding: \($0)", end, .refused(400)) }
        + ["gzip, chunked", "deflate, chunked", "compress , chunked"].map {
            .post("transfer-encoding: \($0)", end, .refused(501))
        }
        + ["transfer-encoding:chunked", "transfer-encoding:\tchunked", "Transfer-Encoding: CHUNKED"].map {
            .post($0, end, .taken("POST / "))
        }
        + [
            "transfer-encoding : chunked", "transfer-encoding\t: chunked", "x: y\r\n \(chunked)",
            "transfer-encoding:\r\n chunked", "transfer-encoding: chun\r\n ked", "x: y\r\(chunked)",
            "x: y\r\n\r\(chunked)", "transfer-encoding\r\n : chunked", "transfer-encoding\0: chunked",
            "transfer-encoding: chunked\0", "\u{ff}\(chunked)", "transfer encoding: chunked",
            "\(chunked)\r\n\(chunked)", "\(chunked)\r\ntransfer-encoding: x", "transfer-encoding: x\r\n\(chunked)",
            "transfer-encoding: \r\n\(chunked)", "\(chunked) \t",
        ].map { .post($0, end, .refused(400)) }

    static let lengths: [HostileRequest] =
        [
            "+1", "-1", "-0", "0x1", "1 1", "1,1", "1, 1", "1,", ",1", "1.0", "1e0", "\"1\"", "1;q=1", "\u{b}1",
            "1\u{b}",
            "\u{a0}1", "١", "", " ", "18446744073709551616", "18446744073709551617", "9223372036854775808",
            "99999999999999999999999999", "1\0", "\u{c}1", "1a",
        ].map { .post("content-length: \($0)", "a", .refused(400)) }
        + [
            "content-length : 1", "content-length\t: 1", "x: y\r\n content-length: 1", "content-length:\r\n 1",
            "content-length\0: 1", "content-length: 1\r\ncontent-length: 1", "content-length: 1\r\ncontent-length: 0",
            "content-length: 0\r\nContent-Length: 1", "content-length: 1 ",
        ].map { .post($0, "a", .refused(400)) }
        + ["content-length:1", "content-length:\t1", "content-length: 001"].map { .post($0, "a", .taken("POST / a")) }
        + ["content_length: 1", "content-lengthx: 1"].map { .post($0, "", .taken("POST / ")) }
        + [
            .post("content-length: 9223372036854775807", "a", .refused(413)),
            .post("content-length: 1001", "a", .refused(413)),
        ]

    static let chunks: [HostileRequest] =
        [
            "0x1", "+1", "-1", " 1", "1g", "1.0", "1,0", "1\0", "1\u{b}", "", ";a", "x", "10000000000000001",
            "ffffffffffffffff0", "fffffffffffffffffffffffe", "1 1",
        ].map { .post(chunked, "\($0)\r\na\r\n0\r\n\r\n", .refused(400)) }
        // Refused once more has come than a body may have.
        + ["ffffffffffffffff", "8000000000000000", "7fffffffffffffff", "3e9"].map {
            .post(chunked, "\($0)\r\n\(String(repeating: "a", count: 1_001))", .refused(413))
        }
        + ["1;a", "1;a=b", "1;a=\"b\"", "01", "1;a;b=c"].map {
            .post(chunked, "\($0)\r\na\r\n0\r\n\r\n", .taken("POST / a"))
        }
        + [
            "1\na\r\n0\r\n\r\n", "1\r\na\n0\r\n\r\n", "1\r\na\r\n0\n\r\n", "1\ra\r0\r\r", "1\r\nab\r\n0\r\n\r\n",
            "1\r\naxx0\r\n\r\n", "1;a=\n\r\na\r\n0\r\n\r\n", "1;a\r\r\na\r\n0\r\n\r\n", "1\r\na\r\n0x\r\n\r\n",
            "1\r\na\r\n-0\r\n\r\n", "1\r\na\r\n0\r\nx: y\r\n z\r\n\r\n", "1\r\na\r\n0\r\nx y\r\n\r\n",
            "1\r\na\r\n0\r\nGET /hidden HTTP/1.1\r\nhost: a\r\n\r\n", "1\r\na\r\n0\r\nx: \0\r\n\r\n",
        ].map { .post(chunked, $0, .refused(400)) }
        + [
            .post(chunked, "1\r\na\r\n00\r\n\r\n", .taken("POST / a")),
            .post(chunked, "1\r\na\r\n0\r\ncontent-length: 100\r\n\r\n", .refused(400)),
            .post(chunked, "1\r\na\r\n0\r\ntransfer-encoding: chunked\r\n\r\n", .refused(400)),
            .post(chunked, "1\r\na\r\n0\r\nhost: b\r\nx: y\r\n\r\n", .taken("POST / a")),
            // Nothing of an extension is kept, and the body's timeout goes on.
            .post(chunked, "1;\(String(repeating: "a", count: 20_000))\r\na\r\n0\r\n\r\n", .taken("POST / a")),
        ]
}
