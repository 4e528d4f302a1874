/// Sends one case's frames and compares what the server makes of them.
///
/// No verdict waits for a time to pass: behind the case's frames go two PINGs, one after the other, and what has not
/// come before the second one's answer does not come.
struct ConformanceRun {
    let testCase: ConformanceCase
    let peer: CasePeer
    let delivery: Delivery
    private var settings: [UInt16: UInt32] = [:]
    private var seen: [ReceivedFrame] = []
    private var body: [UInt8] = []
    private var status: Int?

    private static let firstPing: UInt64 = 0x7468_616c_616d_7501
    private static let secondPing: UInt64 = 0x7468_616c_616d_7502
    private static let lastPing: UInt64 = 0x7468_616c_616d_7503

    init(_ testCase: ConformanceCase, _ peer: CasePeer, _ delivery: Delivery = .whole) {
        self.testCase = testCase
        self.peer = peer
        self.delivery = delivery
    }

    /// - Returns: what was expected and what came instead; nil when the server did right.
    mutating func failure() async -> String? {
        let problem = await perform()
        await peer.close()
        guard let problem else { return nil }
        let came = seen.map { "\n    \($0)" }.joined()
        return "\(testCase.name) [\(delivery)]: \(problem); expected \(testCase.outcome); came:\(came)"
    }

    private mutating func perform() async -> String? {
        if let wanted = testCase.settings {
            guard let theirs = await peer.shakeHands(wanted, delivery) else { return "no handshake" }
            settings = theirs
        }
        var pending: [[UInt8]] = []
        for step in testCase.steps {
            switch step {
            case .bytes(let bytes): pending.append(bytes)
            case .frames(let frames): pending += frames.map(\.bytes)
            case .framesFor(let make): pending += make(settings).map(\.bytes)
            case .wait(let isWanted):
                await peer.send(pending, delivery)
                pending = []
                guard await take(until: isWanted) else { return "ended before a step's frame came" }
            }
        }
        if testCase.endsWithPing, usesPing { pending.append(CaseFrame.ping(Self.firstPing).bytes) }
        await peer.send(pending, delivery)
        return await judge()
    }

    private var usesPing: Bool {
        switch testCase.outcome {
        case .answer, .answerWith, .data: false
        default: true
        }
    }

    private mutating func take(until isWanted: (ReceivedFrame) -> Bool) async -> Bool {
        while let frame = await next() {
            if isWanted(frame) { return true }
        }
        return false
    }

    private mutating func next() async -> ReceivedFrame? {
        guard let frame = await peer.next() else { return nil }
        seen.append(frame)
        return frame
    }

    private mutating func judge() async -> String? {
        while let frame = await next() {
            if frame.type == FrameType.ping, frame.isAcknowledgement {
                switch frame.payload {
                case Self.firstPing.bigEndianBytes:
                    if isSatisfiedByPing { return nil }
                    await peer.send(.ping(Self.secondPing))
                case Self.secondPing.bigEndianBytes:
                    if case .streamErrorOrIgnored = testCase.outcome { return nil }
                    return "the server goes on"
                default: break
                }
            } else if let verdict = await judge(frame) {
                return verdict.problem
            }
        }
        if peer.isExpired { return "nothing until the deadline" }
        switch testCase.outcome {
        case .closed, .aliveOrClosed: return nil
        default: return "the connection ended"
        }
    }

    private var isSatisfiedByPing: Bool {
        switch testCase.outcome {
        case .alive: !seen.contains { $0.errorCode != nil }
        case .aliveOrClosed: true
        default: false
        }
    }

    private struct Verdict {
        var problem: String?
        static let good = Verdict()
        static func bad(_ problem: String) -> Verdict { Verdict(problem: problem) }
    }

    /// - Returns: nil when the frame decides nothing.
    private mutating func judge(_ frame: ReceivedFrame) async -> Verdict? {
        switch testCase.outcome {
        case .answer(_, let stream), .answerWith(_, let stream): judgeAnswer(frame, on: stream)
        case .alive: frame.errorCode == nil ? nil : .bad("an error came")
        case .aliveOrClosed: nil
        case .streamError(let codes, let stream), .streamErrorOrIgnored(let codes, let stream):
            await judgeStreamError(frame, codes.map(\.rawValue), stream)
        case .connectionError(let codes): await judgeConnectionError(frame, codes.map(\.rawValue))
        case .closed(let code):
            frame.type == FrameType.goAway ? await judgeConnectionError(frame, [code.rawValue]) : nil
        case .data(let length, let stream):
            if frame.type == FrameType.data, frame.stream == stream {
                frame.payload.count == length ? .good : .bad("DATA of another length")
            } else {
                frame.errorCode == nil ? nil : .bad("an error came")
            }
        }
    }

    private mutating func judgeAnswer(_ frame: ReceivedFrame, on stream: UInt32) -> Verdict? {
        if let code = frame.errorCode { return .bad("error \(code)") }
        guard frame.stream == stream else { return nil }
        if let new = frame.status { status = new }
        if frame.type == FrameType.data { body += frame.payload }
        guard frame.endsStream else { return nil }
        switch testCase.outcome {
        case .answer(let wanted, _): return status == wanted ? .good : .bad("another status")
        case .answerWith(let wanted, _):
            let text = String(decoding: body, as: UTF8.self)
            return text == wanted ? .good : .bad("the body is \(text)")
        default: return nil
        }
    }

    private mutating func judgeStreamError(
        _ frame: ReceivedFrame, _ codes: [UInt32], _ stream: UInt32
    ) async -> Verdict? {
        guard let code = frame.errorCode else { return nil }
        if frame.type == FrameType.goAway { return await judgeConnectionError(frame, codes) }
        guard stream == 0 || frame.stream == stream else { return .bad("another stream was reset") }
        guard codes.contains(code) else { return .bad("another code") }
        await peer.send(.ping(Self.lastPing))
        while let frame = await next() {
            if frame.payload == Self.lastPing.bigEndianBytes { return .good }
        }
        return .bad("the connection ended behind RST_STREAM")
    }

    private mutating func judgeConnectionError(_ frame: ReceivedFrame, _ codes: [UInt32]) async -> Verdict? {
        guard frame.type == FrameType.goAway, let code = frame.errorCode else { return nil }
        guard codes.contains(code) else { return .bad("another code") }
        while await next() != nil {}
        return peer.isExpired ? .bad("not closed behind GOAWAY") : .good
    }
}
