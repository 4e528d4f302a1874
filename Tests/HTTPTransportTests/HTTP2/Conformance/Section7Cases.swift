/// Error codes (RFC 9113, section 7).
enum Section7Cases {
    static let all: [ConformanceCase] = [
        .init("7 an unknown code of GOAWAY has no special meaning", .aliveOrClosed, .goAway(code: 0xff)),
        .init("7 an unknown code of RST_STREAM has no special meaning", .alive, .post(1), .reset(1, code: 0xff)),
        .init(
            "7 the highest code of RST_STREAM has no special meaning", .alive, .post(1), .reset(1, code: 0xffff_ffff)),
        .init("7 HTTP_1_1_REQUIRED of a client has no special meaning", .alive, .post(1), .reset(1, code: 0xd)),
    ]
}
