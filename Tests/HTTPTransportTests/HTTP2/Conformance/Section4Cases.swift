/// Frames and header compression state (RFC 9113, section 4).
enum Section4Cases {
    private static let block = FieldBlock.request()
    private static let maximum = 16_384

    static let all: [ConformanceCase] = [
        .init(
            "4.1 a frame of unknown type is ignored", .alive,
            CaseFrame(type: 0x16, payload: Array(repeating: 0, count: 8))),
        .init(
            "4.1 an undefined flag is ignored", .alive,
            CaseFrame(type: FrameType.ping, flags: 0x16, payload: Array(repeating: 0, count: 8))),
        .init(
            "4.1 the reserved bit is ignored", .alive,
            CaseFrame(type: FrameType.ping, stream: 0x8000_0000, payload: Array(repeating: 0, count: 8))),
        .init("4.1 the reserved bit of a request's stream is ignored", .answer(), .headers(0x8000_0001, block)),
        .init(
            "4.1 undefined flags of HEADERS are ignored", .answer(),
            CaseFrame(
                type: FrameType.headers, flags: FrameFlag.endStream | FrameFlag.endHeaders | 0xd2, stream: 1,
                payload: block)),
        .init(
            "4.1 undefined flags of DATA are ignored", .answer(), .post(1),
            CaseFrame(type: FrameType.data, flags: FrameFlag.endStream | 0xf6, stream: 1, payload: [116, 101, 115, 116])),
        .init(
            "4.2 a DATA frame of 2^14 bytes is taken", .answer(), .post(1),
            .data(1, Array(repeating: 97, count: maximum), end: true)),
        .init(
            "4.2 a DATA frame longer than allowed is an error", .streamError([.frameSizeError]), endsWithPing: false,
            steps: [.framesFor { [.post(1), .data(1, Array(repeating: 97, count: limit($0) + 1), end: true)] }]),
        .init(
            "4.2 a HEADERS frame longer than allowed is a connection error", .connectionError([.frameSizeError]),
            endsWithPing: false,
            steps: [
                .framesFor {
                    [.headers(1, block + FieldBlock.literal("x-long", String(repeating: "a", count: limit($0))))]
                }
            ]),
        .init(
            "4.2 SETTINGS longer than allowed is a connection error", .connectionError([.frameSizeError]),
            endsWithPing: false,
            steps: [
                .framesFor {
                    [CaseFrame(type: FrameType.settings, payload: Array(repeating: 0, count: limit($0) / 6 * 6 + 6))]
                }
            ]),
        .init(
            "4.2 a frame of unknown type longer than allowed is a connection error",
            .connectionError([.frameSizeError]), endsWithPing: false,
            steps: [.framesFor { [CaseFrame(type: 0x16, payload: Array(repeating: 0, count: limit($0) + 1))] }]),
        .init(
            "4.2 a length of 2^24-1 is refused before its payload comes", .connectionError([.frameSizeError]),
            endsWithPing: false,
            CaseFrame(type: FrameType.headers, flags: FrameFlag.endHeaders, stream: 1, declaredLength: 0xff_ffff)),
        .init("4.2 an empty DATA frame ends a body", .answer(), .post(1), .data(1, []), .data(1, [], end: true)),
        .init(
            "4.3 a truncated header block is a connection error", .connectionError([.compressionError]),
            .headers(1, [0x40])),
        .init(
            "4.3 PRIORITY inside a header block is a connection error", .connectionError([.protocolError]),
            .headers(1, block, endHeaders: false), .priority(1), .continuation(1, [])),
        .init(
            "4.3 HEADERS of another stream inside a header block is a connection error",
            .connectionError([.protocolError]),
            .headers(1, block, endHeaders: false), .headers(3, block), .continuation(1, [])),
        .init(
            "4.3 SETTINGS inside a header block is a connection error", .connectionError([.protocolError]),
            .headers(1, block, endHeaders: false), .settings(), .continuation(1, [])),
        .init(
            "4.3 PING inside a header block is a connection error", .connectionError([.protocolError]),
            .headers(1, block, endHeaders: false), .ping(), .continuation(1, [])),
        .init(
            "4.3 WINDOW_UPDATE inside a header block is a connection error", .connectionError([.protocolError]),
            .headers(1, block, endHeaders: false), .windowUpdate(0, 1), .continuation(1, [])),
        .init(
            "4.3 RST_STREAM inside a header block is a connection error", .connectionError([.protocolError]),
            .headers(1, block, endHeaders: false), .reset(1), .continuation(1, [])),
        .init(
            "4.3 a block of a refused request still counts for the compression state", .answer(stream: 3),
            steps: [
                // The first request is malformed; the field that it adds to the table is named by the second one.
                .send(
                    .headers(
                        1,
                        FieldBlock.request(
                            method: "GET",
                            extra: FieldBlock.indexedLiteral("x-kept", "1") + FieldBlock.literal("X-UPPER", "1")))),
                .waitForReset(of: 1),
                .send(.headers(3, block + [0xbe])),
            ]),
        .init(
            "4.3 trailers go through the same compression state", .answer(stream: 3),
            steps: [
                .send(.post(1), .data(1), .headers(1, FieldBlock.indexedLiteral("x-trailer", "1"))),
                .waitForEnd(of: 1),
                .send(.headers(3, block + [0xbe])),
            ]),
    ]

    private static func limit(_ settings: [UInt16: UInt32]) -> Int { Int(settings[Setting.maximumFrameSize] ?? 16_384) }
}

extension FieldBlock {
    /// A request's fields with encoded ones behind them.
    static func request(method: String, extra: [UInt8]) -> [UInt8] { request(method) + extra }
}
