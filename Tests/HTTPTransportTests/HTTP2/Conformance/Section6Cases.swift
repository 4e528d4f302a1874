/// Frame definitions (RFC 9113, section 6).
enum Section6Cases {
    private static let block = FieldBlock.request()
    private static let noWindow: KeyValuePairs<UInt16, UInt32> = [Setting.initialWindowSize: 0]

    static let all =
        data + headers + priority + resetStream + settings + pushPromise + ping + goAway + windowUpdate + continuation

    static let data: [ConformanceCase] = [
        .init("6.1 DATA is taken", .answerWith(body: "test"), .post(1), .data(1, end: true)),
        .init(
            "6.1 several DATA frames are one body", .answerWith(body: "testtest"), .post(1), .data(1),
            .data(1, end: true)),
        .init(
            "6.1 padding of DATA is no part of the body", .answerWith(body: "test"), .post(1),
            padded(FrameType.data, [5], Array("test".utf8) + [0, 0, 0, 0, 0])),
        .init(
            "6.1 padding of length 0 is taken", .answerWith(body: "test"), .post(1),
            padded(FrameType.data, [0], Array("test".utf8))),
        .init(
            "6.1 DATA may be padding alone", .answerWith(body: ""), .post(1), padded(FrameType.data, [3], [0, 0, 0])),
        .init("6.1 DATA on stream 0 is a connection error", .connectionError([.protocolError]), .data(0, end: true)),
        .init(
            "6.1 padding as long as the payload is a connection error", .connectionError([.protocolError]), .post(1),
            padded(FrameType.data, [5], Array("test".utf8))),
        .init(
            "6.1 padding longer than the payload is a connection error", .connectionError([.protocolError]), .post(1),
            padded(FrameType.data, [255], Array("test".utf8))),
        .init(
            "6.1 a padded frame without a pad length is a connection error",
            .connectionError([.frameSizeError, .protocolError]), .post(1), padded(FrameType.data, [], [])),
        .init(
            "6.1 DATA on a stream that was ended is an error", .streamError([.streamClosed]), settings: noWindow,
            .post(1), .data(1, end: true), .data(1, end: true)),
    ]

    static let headers: [ConformanceCase] = [
        .init("6.2 HEADERS are taken", .answer(), .get(1)),
        .init(
            "6.2 padding of HEADERS is no part of the block", .answer(),
            padded(FrameType.headers, [8], block + Array(repeating: 0, count: 8))),
        .init("6.2 HEADERS with a priority are taken", .answer(), prioritized([0, 0, 0, 0, 255], block)),
        .init(
            "6.2 HEADERS with padding and a priority are taken", .answer(),
            CaseFrame(type: FrameType.headers, flags: 0x2d, stream: 1, payload: [2, 0, 0, 0, 0, 255] + block + [0, 0])),
        .init("6.2 HEADERS on stream 0 is a connection error", .connectionError([.protocolError]), .headers(0, block)),
        .init(
            "6.2 padding longer than the block is an error", .streamError([.protocolError]),
            padded(FrameType.headers, [UInt8(clamping: block.count + 2)], block)),
        .init(
            "6.2 padding that leaves no room for the priority is a connection error",
            .connectionError([.protocolError, .frameSizeError]),
            CaseFrame(type: FrameType.headers, flags: 0x2d, stream: 1, payload: [5, 0, 0, 0, 0, 255])),
        .init(
            "6.2 HEADERS too short for their priority are a connection error",
            .connectionError([.frameSizeError, .protocolError]), prioritized([0, 0, 0], [])),
        .init(
            "6.2 padded HEADERS without a pad length are a connection error",
            .connectionError([.frameSizeError, .protocolError]), padded(FrameType.headers, [], [])),
        .init("6.2 empty HEADERS are a malformed request", .streamError([.protocolError]), .headers(1, [])),
    ]

    static let priority: [ConformanceCase] = [
        .init("6.3 PRIORITY on stream 0 is a connection error", .connectionError([.protocolError]), .priority(0)),
        .init(
            "6.3 PRIORITY of 4 bytes is an error", .streamError([.frameSizeError]), settings: noWindow, .get(1),
            CaseFrame(type: FrameType.priority, stream: 1, payload: [0x80, 0, 0, 1])),
        .init(
            "6.3 PRIORITY of 6 bytes is an error", .streamError([.frameSizeError]), settings: noWindow, .get(1),
            CaseFrame(type: FrameType.priority, stream: 1, payload: [0, 0, 0, 0, 1, 1])),
        .init(
            "6.3 PRIORITY of a running request is taken", .answer(), .post(1), .priority(1, weight: 0),
            .data(1, end: true)),
    ]

    static let resetStream: [ConformanceCase] = [
        .init("6.4 RST_STREAM is taken", .alive, .post(1), .reset(1)),
        .init("6.4 RST_STREAM on stream 0 is a connection error", .connectionError([.protocolError]), .reset(0)),
        .init(
            "6.4 RST_STREAM on an idle stream is a connection error", .connectionError([.protocolError]), .get(1),
            .reset(3)),
        .init(
            "6.4 RST_STREAM of 3 bytes is a connection error", .connectionError([.frameSizeError]), settings: noWindow,
            .get(1), CaseFrame(type: FrameType.resetStream, stream: 1, payload: [0, 0, 0])),
        .init(
            "6.4 RST_STREAM of 5 bytes is a connection error", .connectionError([.frameSizeError]), settings: noWindow,
            .get(1), CaseFrame(type: FrameType.resetStream, stream: 1, payload: [0, 0, 0, 8, 0])),
        .init("6.4 RST_STREAM with NO_ERROR is taken", .alive, .post(1), .reset(1, code: 0)),
    ]

    static let settings: [ConformanceCase] = [
        .init(
            "6.5 SETTINGS of every kind are taken", .alive,
            .settings([
                Setting.headerTableSize: 4_096, Setting.enablePush: 1, Setting.maximumConcurrentStreams: 100,
                Setting.initialWindowSize: 65_535, Setting.maximumFrameSize: 16_384,
                Setting.maximumHeaderListSize: 100,
            ])),
        .init(
            "6.5 an acknowledgement with a payload is a connection error", .connectionError([.frameSizeError]),
            CaseFrame(type: FrameType.settings, flags: 1, payload: [0])),
        .init(
            "6.5 an acknowledgement with an entry is a connection error", .connectionError([.frameSizeError]),
            CaseFrame(type: FrameType.settings, flags: 1, payload: [0, 3, 0, 0, 0, 100])),
        .init(
            "6.5 SETTINGS on a stream are a connection error", .connectionError([.protocolError]),
            CaseFrame(type: FrameType.settings, stream: 1, payload: [0, 3, 0, 0, 0, 100])),
        .init(
            "6.5 SETTINGS of a length that is no multiple of 6 are a connection error",
            .connectionError([.frameSizeError]), CaseFrame(type: FrameType.settings, payload: [0, 3, 0])),
        .init(
            "6.5 SETTINGS of 7 bytes are a connection error", .connectionError([.frameSizeError]),
            CaseFrame(type: FrameType.settings, payload: [0, 3, 0, 0, 0, 100, 0])),
        .init(
            "6.5 empty SETTINGS are acknowledged", .alive, steps: [.send(.settings()), .waitForSettingsAcknowledgement]),
        .init(
            "6.5.2 ENABLE_PUSH other than 0 and 1 is a connection error", .connectionError([.protocolError]),
            .settings([Setting.enablePush: 2])),
        .init(
            "6.5.2 INITIAL_WINDOW_SIZE above 2^31-1 is a connection error", .connectionError([.flowControlError]),
            .settings([Setting.initialWindowSize: 0x8000_0000])),
        .init(
            "6.5.2 INITIAL_WINDOW_SIZE of 2^31-1 is taken", .alive,
            .settings([Setting.initialWindowSize: 0x7fff_ffff])),
        .init(
            "6.5.2 MAX_FRAME_SIZE below 2^14 is a connection error", .connectionError([.protocolError]),
            .settings([Setting.maximumFrameSize: 16_383])),
        .init(
            "6.5.2 MAX_FRAME_SIZE above 2^24-1 is a connection error", .connectionError([.protocolError]),
            .settings([Setting.maximumFrameSize: 16_777_216])),
        .init(
            "6.5.2 MAX_FRAME_SIZE of 2^24-1 is taken", .answer(), .settings([Setting.maximumFrameSize: 16_777_215]),
            .get(1)),
        .init("6.5.2 HEADER_TABLE_SIZE of 0 is taken", .answer(), settings: [Setting.headerTableSize: 0], .get(1)),
        .init(
            "6.5.2 HEADER_TABLE_SIZE of 2^32-1 is taken", .answer(), settings: [Setting.headerTableSize: 0xffff_ffff],
            .get(1)),
        .init(
            "6.5.2 MAX_CONCURRENT_STREAMS of 0 does not concern requests", .answer(),
            settings: [Setting.maximumConcurrentStreams: 0], .get(1)),
        .init("6.5.2 an unknown setting is ignored", .alive, .settings([0xff: 1])),
        .init(
            "6.5.3 the last value of a setting counts", .data(length: 1),
            settings: [Setting.initialWindowSize: 100, Setting.initialWindowSize: 1], .get(1)),
        .init(
            "6.5.3 SETTINGS are acknowledged at once", .alive,
            steps: [.send(.settings([Setting.enablePush: 0])), .waitForSettingsAcknowledgement]),
        .init(
            "6.5.3 every SETTINGS is acknowledged", .alive,
            steps: [
                .send(.settings(), .settings(), .settings()),
                .waitForSettingsAcknowledgement, .waitForSettingsAcknowledgement, .waitForSettingsAcknowledgement,
            ]),
        .init(
            "6.5.3 an acknowledgement that nobody asked for is an error or ignored", .aliveOrClosed,
            .settingsAcknowledgement),
    ]

    static let pushPromise: [ConformanceCase] = [
        .init(
            "6.6 PUSH_PROMISE of a client is a connection error", .connectionError([.protocolError]),
            settings: noWindow, .get(1), .pushPromise(1, promises: 3, block)),
        .init(
            "6.6 PUSH_PROMISE on stream 0 is a connection error", .connectionError([.protocolError]),
            .pushPromise(0, promises: 2, block)),
        .init(
            "6.6 PUSH_PROMISE on an idle stream is a connection error", .connectionError([.protocolError]),
            .pushPromise(1, promises: 2, block)),
    ]

    static let ping: [ConformanceCase] = [
        .init(
            "6.7 PING is answered with its payload", .alive,
            steps: [
                .send(.ping(0x6832_7370_6563_0000)),
                .wait { $0.type == FrameType.ping && $0.isAcknowledgement && $0.payload == Array("h2spec\0\0".utf8) },
            ]),
        .init(
            "6.7 an acknowledgement of PING is not answered", .alive,
            steps: [
                .send(.ping(0xdead, acknowledges: true), .ping(0xbeef)),
                .wait { $0.type == FrameType.ping && $0.payload.last != 0xad },
            ]),
        .init(
            "6.7 PING on a stream is a connection error", .connectionError([.protocolError]),
            CaseFrame(type: FrameType.ping, stream: 1, payload: Array(repeating: 0, count: 8))),
        .init(
            "6.7 PING of 6 bytes is a connection error", .connectionError([.frameSizeError]),
            CaseFrame(type: FrameType.ping, payload: Array(repeating: 0, count: 6))),
        .init(
            "6.7 PING of 9 bytes is a connection error", .connectionError([.frameSizeError]),
            CaseFrame(type: FrameType.ping, payload: Array(repeating: 0, count: 9))),
        .init("6.7 PING is answered while a request waits", .alive, settings: noWindow, .get(1)),
    ]

    static let goAway: [ConformanceCase] = [
        .init("6.8 GOAWAY is taken", .aliveOrClosed, .goAway("bye")),
        .init(
            "6.8 GOAWAY on a stream is a connection error", .connectionError([.protocolError]),
            CaseFrame(type: FrameType.goAway, stream: 1, payload: Array(repeating: 0, count: 8))),
        .init(
            "6.8 GOAWAY of 7 bytes is a connection error", .connectionError([.frameSizeError]),
            CaseFrame(type: FrameType.goAway, payload: Array(repeating: 0, count: 7))),
        .init(
            "6.8 a running request is still answered behind GOAWAY", .answer(), .post(1), .goAway(), .data(1, end: true)
        ),
        .init(
            "6.8 GOAWAY that announces the end and then gives it is taken or ends the connection", .aliveOrClosed,
            .goAway(last: 0x7fff_ffff), .goAway()),
        .init("6.8 GOAWAY may come twice", .aliveOrClosed, .goAway(last: 0), .goAway(last: 0)),
    ]

    static let windowUpdate: [ConformanceCase] = [
        .init("6.9 WINDOW_UPDATE of the connection is taken", .alive, .windowUpdate(0, 1)),
        .init("6.9 WINDOW_UPDATE of a stream is taken", .answer(), .post(1), .windowUpdate(1, 1), .data(1, end: true)),
        .init(
            "6.9 an increment of 0 on the connection is a connection error", .connectionError([.protocolError]),
            .windowUpdate(0, 0)),
        .init(
            "6.9 an increment of 0 on a stream is an error", .streamError([.protocolError]), .post(1),
            .windowUpdate(1, 0)),
        .init("6.9 the reserved bit of an increment is ignored", .alive, .windowUpdate(0, 0x8000_0001)),
        .init(
            "6.9 a reserved bit alone is an increment of 0", .connectionError([.protocolError]),
            .windowUpdate(0, 0x8000_0000)),
        .init(
            "6.9 WINDOW_UPDATE of 3 bytes is a connection error", .connectionError([.frameSizeError]),
            CaseFrame(type: FrameType.windowUpdate, payload: [0, 0, 1])),
        .init(
            "6.9 WINDOW_UPDATE of 5 bytes is a connection error", .connectionError([.frameSizeError]),
            CaseFrame(type: FrameType.windowUpdate, payload: [0, 0, 0, 1, 0])),
        .init(
            "6.9.1 DATA stays within a window of 1", .data(length: 1), settings: [Setting.initialWindowSize: 1],
            .get(1)),
        .init(
            "6.9.1 a window that overflows 2^31-1 on the connection is a connection error",
            .connectionError([.flowControlError]), .windowUpdate(0, 0x7fff_ffff), .windowUpdate(0, 0x7fff_ffff)),
        .init(
            "6.9.1 a window that overflows 2^31-1 resets the stream", .streamError([.flowControlError]), .post(1),
            .windowUpdate(1, 0x7fff_ffff), .windowUpdate(1, 0x7fff_ffff)),
        .init("6.9.1 a window of just 2^31-1 is taken", .alive, .windowUpdate(0, 0x7fff_ffff - 65_535)),
        .init(
            "6.9.1 an increment lets out as much", .data(length: 3), settings: noWindow, .get(1), .windowUpdate(1, 3)),
        .init("6.9.1 an answer without body needs no window", .answer(), settings: noWindow, .get(1, path: "/empty")),
        .init(
            "6.9.1 DATA beyond the stream's window is an error", .streamError([.flowControlError]),
            steps: [.framesFor { [.post(1, path: "/unread")] + body(of: window($0) + 1, on: 1) }]),
        .init(
            "6.9.1 DATA up to the stream's window is taken", .alive,
            steps: [.framesFor { [.post(1, path: "/unread")] + body(of: window($0), on: 1) }]),
        .init(
            "6.9.1 padding counts for the stream's window", .streamError([.flowControlError]),
            steps: [
                .framesFor { settings in
                    let padding = [250] + Array<UInt8>(repeating: 0, count: 250)
                    let frame = CaseFrame(type: FrameType.data, flags: FrameFlag.padded, stream: 1, payload: padding)
                    return [.post(1, path: "/unread")] + body(of: window(settings) - 100, on: 1) + [frame]
                }
            ]),
        .init(
            "6.9.1 DATA beyond the connection's window is a connection error", .connectionError([.flowControlError]),
            steps: [
                .framesFor { settings in
                    stride(from: UInt32(1), to: 80, by: 2).flatMap {
                        [.post($0, path: "/unread")] + body(of: window(settings), on: $0)
                    }
                }
            ]),
        .init(
            "6.9.2 a raised initial window lets a waiting answer go on", .data(length: 1), settings: noWindow, .get(1),
            .settings([Setting.initialWindowSize: 1])),
        .init(
            "6.9.2 a lowered initial window makes windows negative", .data(length: 1),
            settings: [Setting.initialWindowSize: 3],
            steps: [
                .send(.get(1)), .waitForData(on: 1),
                .send(.settings([Setting.initialWindowSize: 2])), .waitForSettingsAcknowledgement,
                .send(.windowUpdate(1, 2)),
            ]),
        .init(
            "6.9.2 a negative window stays closed until it is positive", .alive,
            settings: [Setting.initialWindowSize: 5],
            steps: [
                .send(.get(1)), .waitForData(on: 1),
                .send(.settings([Setting.initialWindowSize: 0])), .waitForSettingsAcknowledgement,
                .send(.windowUpdate(1, 5)),
            ]),
        .init(
            "6.9.2 SETTINGS that overflow a stream's window are an error",
            .streamError([.flowControlError]), .post(1),
            .windowUpdate(1, 0x7fff_ffff - 65_535), .settings([Setting.initialWindowSize: 65_536])),
        .init(
            "6.9.2 the initial window does not change the connection's", .data(length: 16_383),
            settings: [Setting.initialWindowSize: 1 << 20],
            steps: [
                .send(.get(1, path: "/large")), .waitForData(on: 1), .waitForData(on: 1), .waitForData(on: 1),
            ]),
    ]

    static let continuation: [ConformanceCase] = [
        .init(
            "6.10 a CONTINUATION is taken", .answer(), .headers(1, Array(block.prefix(5)), endHeaders: false),
            .continuation(1, Array(block.dropFirst(5)))),
        .init(
            "6.10 several CONTINUATIONs are taken", .answer(), .headers(1, Array(block.prefix(5)), endHeaders: false),
            .continuation(1, Array(block[5..<10]), endHeaders: false), .continuation(1, Array(block.dropFirst(10)))),
        .init(
            "6.10 HEADERS may be empty before a CONTINUATION", .answer(), .headers(1, [], endHeaders: false),
            .continuation(1, block)),
        .init(
            "6.10 an empty CONTINUATION ends a block", .answer(), .headers(1, block, endHeaders: false),
            .continuation(1, [])),
        .init(
            "6.10 trailers may be continued", .answerWith(body: "test"), .post(1), .data(1),
            .headers(1, Array(FieldBlock.literal("x-a", "1").prefix(3)), endHeaders: false),
            .continuation(1, Array(FieldBlock.literal("x-a", "1").dropFirst(3)))),
        .init(
            "6.10 another frame than CONTINUATION is a connection error", .connectionError([.protocolError]),
            .headers(1, block, end: false, endHeaders: false),
            .continuation(1, FieldBlock.literal("x-a", "1"), endHeaders: false), .data(1, end: true)),
        .init(
            "6.10 CONTINUATION on stream 0 is a connection error", .connectionError([.protocolError]),
            .headers(1, block, endHeaders: false), .continuation(0, FieldBlock.literal("x-a", "1"))),
        .init(
            "6.10 CONTINUATION of another stream is a connection error", .connectionError([.protocolError]),
            .headers(1, block, endHeaders: false), .continuation(3, FieldBlock.literal("x-a", "1"))),
        .init(
            "6.10 CONTINUATION behind END_HEADERS is a connection error", .connectionError([.protocolError]),
            settings: noWindow, .get(1), .continuation(1, FieldBlock.literal("x-a", "1"))),
        .init(
            "6.10 CONTINUATION behind a CONTINUATION's END_HEADERS is a connection error",
            .connectionError([.protocolError]), settings: noWindow,
            .headers(1, block, endHeaders: false), .continuation(1, FieldBlock.literal("x-a", "1")),
            .continuation(1, FieldBlock.literal("x-a", "1"))),
        .init(
            "6.10 CONTINUATION behind DATA is a connection error", .connectionError([.protocolError]), .post(1),
            .data(1), .continuation(1, FieldBlock.literal("x-a", "1"))),
    ]

    private static func padded(_ type: UInt8, _ length: [UInt8], _ rest: [UInt8]) -> CaseFrame {
        let end = type == FrameType.headers ? FrameFlag.endHeaders : 0
        return CaseFrame(
            type: type, flags: FrameFlag.endStream | FrameFlag.padded | end, stream: 1, payload: length + rest)
    }

    private static func prioritized(_ priority: [UInt8], _ rest: [UInt8]) -> CaseFrame {
        CaseFrame(
            type: FrameType.headers, flags: FrameFlag.endStream | FrameFlag.endHeaders | FrameFlag.priority, stream: 1,
            payload: priority + rest)
    }

    private static func window(_ settings: [UInt16: UInt32]) -> Int {
        Int(settings[Setting.initialWindowSize] ?? 65_535)
    }

    /// DATA frames of so many bytes in all.
    private static func body(of count: Int, on stream: UInt32) -> [CaseFrame] {
        stride(from: 0, to: count, by: 16_384).map {
            .data(stream, Array(repeating: 0x61, count: min(16_384, count - $0)))
        }
    }
}
