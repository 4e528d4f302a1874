import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("Answer state") struct AnswerStateTests {
    private func state(_ method: HTTPMethod = .POST, _ version: HTTPVersion = .http1_1) -> AnswerState {
        AnswerState(method: method, version: version, isKeepAlive: true)
    }

    @Test(
        "delimits a whole answer",
        arguments: [
            (method: .POST, status: .ok, framing: .length(5), sendsBody: true),
            (method: .HEAD, status: .ok, framing: .length(5), sendsBody: false),
            (method: .POST, status: .noContent, framing: .none, sendsBody: false),
            (method: .GET, status: .notModified, framing: .none, sendsBody: false),
        ] as [(method: HTTPMethod, status: HTTPResponseStatus, framing: AnswerState.Framing, sendsBody: Bool)])
    func whole(method: HTTPMethod, status: HTTPResponseStatus, framing: AnswerState.Framing, sendsBody: Bool) throws {
        var state = state(method)
        let result = try state.whole(status, bytes: 5)
        #expect(result.framing == framing)
        #expect(result.sendsBody == sendsBody)
        #expect(state.isFinished && state.isKeepAlive)
    }

    @Test(
        "delimits a streamed answer",
        arguments: [
            (
                method: .POST, version: .http1_1, status: .ok, framing: .chunked, action: .frame, terminator: true,
                keep: true
            ),
            (
                method: .POST, version: .http1_0, status: .ok, framing: .untilClose, action: .sendRaw,
                terminator: false, keep: false
            ),
            (
                method: .HEAD, version: .http1_1, status: .ok, framing: .chunked, action: .drop, terminator: false,
                keep: true
            ),
            (
                method: .POST, version: .http1_1, status: .noContent, framing: .none, action: .drop, terminator: false,
                keep: true
            ),
        ]
            as [(
                method: HTTPMethod, version: HTTPVersion, status: HTTPResponseStatus, framing: AnswerState.Framing,
                action: AnswerState.BodyAction, terminator: Bool, keep: Bool
            )])
    func streamed(
        method: HTTPMethod, version: HTTPVersion, status: HTTPResponseStatus, framing: AnswerState.Framing,
        action: AnswerState.BodyAction, terminator: Bool, keep: Bool
    ) throws {
        var state = state(method, version)
        #expect(try state.start(status) == framing)
        #expect(state.hasStarted && !state.isFinished)
        #expect(state.endsByClosing == (framing == .untilClose))
        #expect(try state.chunk() == action)
        #expect(try state.finish() == terminator)
        #expect(state.isFinished)
        #expect(state.isKeepAlive == keep)
    }

    @Test("refuses a second answer, chunks without a start, and informational statuses")
    func misuse() throws {
        var state = state()
        #expect(throws: TransportError.self) { try state.chunk() }
        #expect(throws: TransportError.self) { try state.finish() }
        #expect(throws: TransportError.self) { try state.whole(.continue, bytes: 0) }
        #expect(!state.hasStarted)
        _ = try state.whole(.ok, bytes: 0)
        #expect(throws: TransportError.self) { try state.whole(.ok, bytes: 0) }
        #expect(throws: TransportError.self) { try state.start(.ok) }
    }
}
