import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("Exchange state") struct ExchangeStateTests {
    private func sent(_ method: HTTPMethod = .POST) -> ExchangeState {
        var state = ExchangeState(maximumInformationalResponses: 2)
        state.lease()
        state.requestSent(method)
        return state
    }

    private func head(_ code: Int = 200, _ version: HTTPVersion = .http1_1, headers: HTTPHeaders = [:])
        -> HTTPResponseHead
    {
        HTTPResponseHead(version: version, status: .init(statusCode: code), headers: headers)
    }

    @Test(
        "finds a body's framing",
        arguments: [
            (method: .POST, code: 200, headers: ["content-length": "3"], hasBody: true, length: 3, keep: true),
            (
                method: .POST, code: 200, headers: ["transfer-encoding": "Chunked"], hasBody: true, length: nil,
                keep: true
            ),
            (method: .POST, code: 200, headers: [:], hasBody: true, length: nil, keep: false),
            (method: .HEAD, code: 200, headers: ["content-length": "3"], hasBody: false, length: 3, keep: true),
            (method: .GET, code: 204, headers: [:], hasBody: false, length: nil, keep: true),
            (method: .GET, code: 304, headers: ["content-length": "3"], hasBody: false, length: 3, keep: true),
            (
                method: .GET, code: 200, headers: ["content-length": "3", "connection": "close"], hasBody: true,
                length: 3, keep: false
            ),
            (
                method: .GET, code: 302, headers: ["content-length": "0", "location": "http://a"], hasBody: true,
                length: 0, keep: true
            ),
        ] as [(method: HTTPMethod, code: Int, headers: HTTPHeaders, hasBody: Bool, length: Int?, keep: Bool)])
    func framing(method: HTTPMethod, code: Int, headers: HTTPHeaders, hasBody: Bool, length: Int?, keep: Bool) {
        var state = sent(method)
        guard case .accept(let foundBody, let foundLength) = state.headReceived(head(code, headers: headers)) else {
            Issue.record("not accepted")
            return
        }
        #expect(foundBody == hasBody)
        #expect(foundLength == length)
        #expect(state.isKeepAlive == keep)
        let isEnd = state.endReceived()
        #expect(isEnd)
        #expect(state.phase == .ended)
    }

    @Test(
        "refuses ambiguous framing",
        arguments: [
            ["content-length": "3", "transfer-encoding": "chunked"],
            HTTPHeaders([("content-length", "3"), ("content-length", "3")]),
            ["content-length": "-3"], ["content-length": "9223372036854775808"], ["content-length": "3,3"],
            ["transfer-encoding": "gzip, chunked"],
            HTTPHeaders([("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")]),
        ] as [HTTPHeaders])
    func ambiguous(headers: HTTPHeaders) {
        var state = sent()
        guard case .fail(let error) = state.headReceived(head(headers: headers)) else {
            Issue.record("accepted")
            return
        }
        #expect(error.code == .malformedResponse)
    }

    @Test("bears a few informational responses, not a storm, and no upgrade")
    func informational() {
        var state = sent()
        for code in [100, 103] {
            guard case .wait = state.headReceived(head(code)) else {
                Issue.record("\(code) is no notice")
                return
            }
        }
        guard case .fail = state.headReceived(head(103)) else {
            Issue.record("a storm was borne")
            return
        }
        state = sent()
        guard case .fail = state.headReceived(head(101)) else {
            Issue.record("an upgrade was accepted")
            return
        }
    }

    @Test("accepts no response that was not asked for")
    func unsolicited() {
        var state = ExchangeState(maximumInformationalResponses: 2)
        guard case .fail = state.headReceived(head()) else {
            Issue.record("accepted")
            return
        }
        let isEnd = state.endReceived()
        #expect(!isEnd)
    }
}
