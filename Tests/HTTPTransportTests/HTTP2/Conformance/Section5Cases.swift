/// Streams and multiplexing (RFC 9113, section 5).
///
/// A window of 0 keeps an answer, and so its stream, open.
enum Section5Cases {
    private static let block = FieldBlock.request()
    private static let noWindow: KeyValuePairs<UInt16, UInt32> = [Setting.initialWindowSize: 0]
    private static let closedCodes: [ErrorCode] = [.streamClosed, .protocolError]

    static let all =
        idle + halfClosed + closed + identifiers + concurrency + flowControl + priority + errors + extending

    static let idle: [ConformanceCase] = [
        .init(
            "5.1 DATA on an idle stream is a connection error", .connectionError([.protocolError, .streamClosed]),
            .data(1, end: true)),
        .init("5.1 RST_STREAM on an idle stream is a connection error", .connectionError([.protocolError]), .reset(1)),
        .init(
            "5.1 WINDOW_UPDATE on an idle stream is a connection error", .connectionError([.protocolError]),
            .windowUpdate(1, 100)),
        .init(
            "5.1 CONTINUATION on an idle stream is a connection error", .connectionError([.protocolError]),
            .continuation(1, block)),
        .init("5.1 PRIORITY on an idle stream is taken", .alive, .priority(1)),
        .init("5.1 PRIORITY on an idle stream leaves lower ones usable", .answer(), .priority(3), .get(1)),
        .init(
            "5.1 DATA on an idle stream behind a request is a connection error",
            .connectionError([.protocolError, .streamClosed]), .get(1), .data(3)),
    ]

    static let halfClosed: [ConformanceCase] = [
        .init(
            "5.1 DATA on a half-closed stream is an error", .streamError([.streamClosed]), settings: noWindow, .get(1),
            .data(1, end: true)),
        .init(
            "5.1 HEADERS on a half-closed stream is an error", .streamError([.streamClosed]), settings: noWindow,
            .get(1), .headers(1, block)),
        .init(
            "5.1 trailers on a half-closed stream are an error", .streamError([.streamClosed]), settings: noWindow,
            .get(1), .headers(1, FieldBlock.literal("x-late", "1"))),
        .init(
            "5.1 CONTINUATION on a half-closed stream is an error", .streamError([.streamClosed, .protocolError]),
            settings: noWindow, .get(1), .continuation(1, block)),
        .init(
            "5.1 WINDOW_UPDATE on a half-closed stream lets the answer go on", .data(length: 1), settings: noWindow,
            .get(1), .windowUpdate(1, 1)),
        .init(
            "5.1 PRIORITY on a half-closed stream is taken", .data(length: 1), settings: noWindow, .get(1),
            .priority(1), .windowUpdate(1, 1)),
        .init("5.1 RST_STREAM on a half-closed stream is taken", .alive, settings: noWindow, .get(1), .reset(1)),
        .init("5.1 a stream that was reset makes room for others", .answer(stream: 3), .post(1), .reset(1), .get(3)),
    ]

    static let closed: [ConformanceCase] = [
        // nghttp2 throws DATA on streams that are over away before it tells anyone.
        .init(
            "5.1 DATA behind an own RST_STREAM is discarded", .alive, .post(1), .reset(1), .data(1, end: true)),
        .init(
            "5.1 HEADERS behind an own RST_STREAM is an error or discarded", .streamError(closedCodes),
            .post(1), .reset(1), .headers(1, block)),
        .init(
            "5.1 CONTINUATION behind an own RST_STREAM is an error", .streamError([.streamClosed, .protocolError]),
            .post(1), .reset(1), .continuation(1, block)),
        .init(
            "5.1 DATA on a closed stream is discarded", .alive,
            steps: [.send(.get(1)), .waitForEnd(of: 1), .send(.data(1, end: true))]),
        .init(
            "5.1 HEADERS on a closed stream is an error", .streamError(closedCodes),
            steps: [.send(.get(1)), .waitForEnd(of: 1), .send(.headers(1, block))]),
        .init(
            "5.1 CONTINUATION on a closed stream is an error", .connectionError([.streamClosed, .protocolError]),
            steps: [.send(.get(1)), .waitForEnd(of: 1), .send(.continuation(1, block))]),
        .init(
            "5.1 PRIORITY on a closed stream is taken", .alive,
            steps: [.send(.get(1)), .waitForEnd(of: 1), .send(.priority(1))]),
        .init(
            "5.1 WINDOW_UPDATE on a closed stream is taken", .alive,
            steps: [.send(.get(1)), .waitForEnd(of: 1), .send(.windowUpdate(1, 100))]),
        .init(
            "5.1 RST_STREAM on a closed stream is taken", .alive,
            steps: [.send(.get(1)), .waitForEnd(of: 1), .send(.reset(1))]),
        .init("5.1 a second RST_STREAM is taken", .alive, .post(1), .reset(1), .reset(1)),
    ]

    static let identifiers: [ConformanceCase] = [
        .init("5.1.1 an even stream is a connection error", .connectionError([.protocolError]), .get(2)),
        .init(
            "5.1.1 a stream lower than an earlier one is a connection error",
            .connectionError([.protocolError, .streamClosed]), settings: noWindow, .get(5), .get(3)),
        .init(
            "5.1.1 the same stream again is an error", .streamError(closedCodes),
            steps: [.send(.get(1)), .waitForEnd(of: 1), .send(.get(1))]),
        .init("5.1.1 streams may be left out", .answer(stream: 101), .get(101)),
        .init(
            "5.1.1 a left out stream counts as closed", .connectionError([.protocolError, .streamClosed]),
            settings: noWindow, .get(101), .get(99)),
        .init("5.1.1 the highest stream is answered", .answer(stream: 0x7fff_ffff), .get(0x7fff_ffff)),
        .init(
            "5.1.1 nothing can follow the highest stream", .connectionError([.protocolError, .streamClosed]),
            settings: noWindow, .get(0x7fff_ffff), .get(1)),
        .init(
            "5.1.1 several streams are answered on one connection", .answer(stream: 9), .get(1), .get(3), .get(5),
            .get(7), .get(9)),
    ]

    static let concurrency: [ConformanceCase] = [
        .init(
            "5.1.2 a stream beyond the announced count is refused",
            .streamError([.protocolError, .refusedStream], stream: 0), settings: noWindow,
            steps: [.framesFor { settings in (0...announced(settings)).map { .get(UInt32($0) * 2 + 1) } }]),
        .init(
            "5.1.2 as many streams as announced are taken", .alive, settings: noWindow,
            steps: [.framesFor { settings in (0..<announced(settings)).map { .get(UInt32($0) * 2 + 1) } }]),
        .init(
            "5.1.2 open and half-closed streams count alike",
            .streamError([.protocolError, .refusedStream], stream: 0), settings: noWindow,
            steps: [
                .framesFor { settings in
                    (0...announced(settings)).map { $0 % 2 == 0 ? .get(UInt32($0) * 2 + 1) : .post(UInt32($0) * 2 + 1) }
                }
            ]),
        .init(
            "5.1.2 idle streams with a priority do not count", .answer(stream: 1001),
            steps: [.send((0..<200).map { .priority(UInt32($0) * 2 + 1) } + [.get(1001)])]),
    ]

    static let flowControl: [ConformanceCase] = [
        .init(
            "5.2 the connection's window holds back every stream", .data(length: 65_535 - 65_535 / 16_384 * 16_384),
            steps: [
                .send(.get(1, path: "/large"), .settings([Setting.initialWindowSize: 1 << 20])),
                .wait { $0.type == FrameType.data }, .wait { $0.type == FrameType.data },
                .wait { $0.type == FrameType.data },
            ]),
        .init("5.2 a held back connection still answers PING", .alive, settings: noWindow, .get(1), .get(3), .get(5)),
    ]

    static let priority: [ConformanceCase] = [
        .init(
            "5.3.1 HEADERS that depend on themselves are an error or taken", .streamErrorOrIgnored([.protocolError]),
            settings: noWindow,
            CaseFrame(
                type: FrameType.headers, flags: FrameFlag.endStream | FrameFlag.endHeaders | FrameFlag.priority,
                stream: 1,
                payload: [0, 0, 0, 1, 255] + block)),
        .init(
            "5.3.1 PRIORITY that depends on itself is an error or ignored", .streamErrorOrIgnored([.protocolError]),
            .priority(1, dependsOn: 1)),
        .init("5.3.2 PRIORITY with a dependency is taken", .answer(), .priority(3, dependsOn: 1, weight: 0), .get(1)),
        .init(
            "5.3.2 PRIORITY with the exclusive bit is taken", .answer(),
            .priority(1, dependsOn: 0x8000_0000, weight: 0), .get(1)),
    ]

    static let errors: [ConformanceCase] = [
        .init(
            "5.4.1 a connection error is told by GOAWAY and closes", .connectionError([.protocolError]),
            CaseFrame(type: FrameType.ping, stream: 3, payload: Array(repeating: 0, count: 8))),
        .init(
            "5.4.1 a connection error ends running requests too", .connectionError([.protocolError]),
            settings: noWindow, .get(1), .get(3), .ping(), .windowUpdate(0, 0)),
        .init(
            "5.4.2 a stream error leaves the other streams alone", .answer(stream: 3),
            steps: [
                .send(.headers(1, FieldBlock.request(path: nil)), .get(3)), .waitForReset(of: 1),
            ]),
    ]

    static let extending: [ConformanceCase] = [
        .init(
            "5.5 an unknown frame on an open stream is ignored", .answer(), .post(1),
            CaseFrame(type: 0x16, flags: 0xff, stream: 1, payload: [1, 2, 3]), .data(1, end: true)),
        .init(
            "5.5 an unknown frame on an idle stream is ignored", .alive, CaseFrame(type: 0xfe, stream: 77, payload: [1])),
        .init(
            "5.5 an unknown frame inside a header block is a connection error", .connectionError([.protocolError]),
            .headers(1, block, endHeaders: false), CaseFrame(type: 0x16, payload: Array(repeating: 0, count: 8))),
        .init(
            "5.5 ALTSVC and ORIGIN of a client are ignored", .alive,
            CaseFrame(type: 0xa, stream: 0, payload: [0, 1, 97, 98]), CaseFrame(type: 0xa, stream: 1, payload: [0, 0]),
            CaseFrame(type: 0xc, payload: [0, 1, 97])),
        .init(
            "5.5 PRIORITY_UPDATE is taken or ignored", .alive,
            CaseFrame(type: 0x10, payload: [0, 0, 0, 1] + Array("u=0".utf8))),
        .init(
            "5.5 malformed ALTSVC and ORIGIN do no harm", .alive,
            CaseFrame(type: 0xa, payload: []), CaseFrame(type: 0xa, payload: [0xff, 0xff, 1]),
            CaseFrame(type: 0xc, payload: [0xff, 0xff])),
    ]

    private static func announced(_ settings: [UInt16: UInt32]) -> Int {
        Int(settings[Setting.maximumConcurrentStreams] ?? 100)
    }
}
