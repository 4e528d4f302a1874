import Testing

/// What a client sends on one connection, and what the server has to make of it.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
    /// Starts with the section of RFC 9113, or of RFC 7541 where `HPACK` stands in front.
    let name: String
    let outcome: Outcome
    let steps: [Step]
    /// Settings in the handshake; nil leaves preface and handshake to the steps.
    let settings: KeyValuePairs<UInt16, UInt32>?
    /// Whether a PING may follow the steps. Not where they end inside a frame or a header block.
    let endsWithPing: Bool

    var testDescription: String { name }

    init(
        _ name: String, _ outcome: Outcome, settings: KeyValuePairs<UInt16, UInt32>? = [:], endsWithPing: Bool = true,
        steps: [Step]
    ) {
        self.name = name
        self.outcome = outcome
        self.settings = settings
        self.endsWithPing = endsWithPing
        self.steps = steps
    }

    /// A case that sends everything at once.
    init(
        _ name: String, _ outcome: Outcome, settings: KeyValuePairs<UInt16, UInt32>? = [:], endsWithPing: Bool = true,
        _ frames: CaseFrame...
    ) {
        self.init(name, outcome, settings: settings, endsWithPing: endsWithPing, steps: [.send(frames)])
    }

    /// A request on stream 1 with this header block.
    init(_ name: String, _ outcome: Outcome, block: [UInt8]) {
        self.init(name, outcome, .headers(1, block))
    }
}

enum Step: Sendable {
    case bytes([UInt8])
    case frames([CaseFrame])
    /// Frames that depend on the server's settings.
    case framesFor(@Sendable ([UInt16: UInt32]) -> [CaseFrame])
    /// Waits for a frame; the ones before it do not count.
    case wait(@Sendable (ReceivedFrame) -> Bool)

    static func send(_ frames: CaseFrame...) -> Step { .frames(frames) }
    static func send(_ frames: [CaseFrame]) -> Step { .frames(frames) }

    /// Until the server has ended its side of a stream.
    static func waitForEnd(of stream: UInt32) -> Step { .wait { $0.stream == stream && $0.endsStream } }
    static let waitForSettingsAcknowledgement = Step.wait { $0.type == FrameType.settings && $0.isAcknowledgement }
    static func waitForData(on stream: UInt32) -> Step { .wait { $0.stream == stream && $0.type == FrameType.data } }
    static func waitForReset(of stream: UInt32) -> Step {
        .wait { $0.stream == stream && $0.type == FrameType.resetStream }
    }
}

enum Outcome: Sendable {
    /// The stream is answered to its end with this status.
    case answer(status: Int = 200, stream: UInt32 = 1)
    /// The stream is answered to its end with this body.
    case answerWith(body: String, stream: UInt32 = 1)
    /// A PING is answered, and before it no stream is reset and no GOAWAY comes.
    case alive
    /// A PING is answered, or the connection closes, with an error or without one: the RFC leaves it open.
    case aliveOrClosed
    /// RST_STREAM on the stream, on any for 0, the connection living on; or GOAWAY with the same code, as section 5.4.2 allows.
    case streamError([ErrorCode], stream: UInt32 = 1)
    /// As `streamError`, or the frame is discarded and the connection lives on.
    case streamErrorOrIgnored([ErrorCode], stream: UInt32 = 1)
    /// GOAWAY, then the connection closes.
    case connectionError([ErrorCode])
    /// The connection closes, with a GOAWAY of this code or without one.
    case closed(ErrorCode)
    /// The next DATA frame has this length.
    case data(length: Int, stream: UInt32 = 1)
}

extension CaseFrame {
    /// A whole GET.
    static func get(_ stream: UInt32, path: String = "/") -> CaseFrame {
        .headers(stream, FieldBlock.request(path: path))
    }

    /// The head of a POST; its body follows.
    static func post(_ stream: UInt32, path: String = "/", _ more: [FieldBlock.Field] = []) -> CaseFrame {
        .headers(stream, FieldBlock.request("POST", path: path, more), end: false)
    }
}
