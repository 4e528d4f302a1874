import NIOCore
import Testing

@testable import HTTPTransport

/// Frames that cost a client nothing, in numbers (table B2 of the threat model).
struct Flood: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// What comes before the flood.
    var opening: [CaseFrame] = []
    /// The frames of one round.
    let frames: @Sendable (UInt32) -> [CaseFrame]
    /// Rounds after which the server has to have given up.
    var rounds: UInt32 = 20_000
    var codes: [ErrorCode] = [.enhanceYourCalm]
}

@Suite("HTTP/2 floods", .serialized) struct HTTP2FloodTests {
    private static let request = FieldBlock.request()

    /// Floods that end the connection.
    static let floods: [Flood] = [
        Flood(
            testDescription: "requests that are reset at once",
            frames: { [.get($0 * 2 + 1, path: "/hold"), .reset($0 * 2 + 1)] }, rounds: 10_000),
        Flood(
            testDescription: "requests with a body that are reset at once",
            frames: { [.post($0 * 2 + 1), .data($0 * 2 + 1), .reset($0 * 2 + 1)] }, rounds: 10_000),
        Flood(
            testDescription: "requests that make the server reset them",
            frames: { [.headers($0 * 2 + 1, FieldBlock.request(path: nil))] }, rounds: 10_000,
            codes: [.enhanceYourCalm, .protocolError]),
        Flood(
            testDescription: "requests that are made invalid by WINDOW_UPDATE",
            frames: { [.post($0 * 2 + 1), .windowUpdate($0 * 2 + 1, 0)] }, rounds: 10_000,
            codes: [.enhanceYourCalm, .protocolError]),
        Flood(
            testDescription: "CONTINUATION without an end", opening: [.headers(1, request, endHeaders: false)],
            frames: { [.continuation(1, FieldBlock.literal("x-\($0)", "value"), endHeaders: false)] }),
        Flood(
            testDescription: "empty CONTINUATION without an end", opening: [.headers(1, request, endHeaders: false)],
            frames: { _ in [.continuation(1, [], endHeaders: false)] }),
        Flood(
            testDescription: "large CONTINUATION without an end", opening: [.headers(1, request, endHeaders: false)],
            frames: {
                [
                    .continuation(
                        1, FieldBlock.literal("x-\($0)", String(repeating: "a", count: 16_000)), endHeaders: false)
                ]
            },
            rounds: 2_000),
        Flood(testDescription: "SETTINGS", frames: { _ in [.settings()] }),
        Flood(
            testDescription: "SETTINGS with changing windows", frames: { [.settings([Setting.initialWindowSize: $0])] }),
        Flood(testDescription: "PING", frames: { [.ping(UInt64($0))] }),
        Flood(testDescription: "acknowledgements of PING", frames: { [.ping(UInt64($0), acknowledges: true)] }),
        Flood(testDescription: "empty DATA", opening: [.post(1)], frames: { _ in [.data(1, [])] }),
        Flood(
            testDescription: "DATA of padding alone", opening: [.post(1)],
            frames: { _ in [CaseFrame(type: FrameType.data, flags: FrameFlag.padded, stream: 1, payload: [1, 0])] }),
        Flood(testDescription: "PRIORITY", frames: { [.priority($0 * 2 + 1)] }),
        Flood(testDescription: "PRIORITY of one stream", frames: { _ in [.priority(1)] }),
        Flood(testDescription: "WINDOW_UPDATE", frames: { _ in [.windowUpdate(0, 1)] }),
        Flood(
            testDescription: "WINDOW_UPDATE of a stream", opening: [.get(1, path: "/hold")],
            frames: { _ in [.windowUpdate(1, 1)] }),
        Flood(testDescription: "RST_STREAM of one stream", opening: [.post(1)], frames: { _ in [.reset(1)] }),
        Flood(
            testDescription: "trailers' compression state", opening: [],
            frames: { [.post($0 * 2 + 1), .headers($0 * 2 + 1, FieldBlock.literal(":x", "1"))] }, rounds: 10_000,
            codes: [.enhanceYourCalm, .protocolError]),
    ]

    @Test("ends the connection with GOAWAY and serves the next one", arguments: floods)
    func flood(flood: Flood) async throws {
        try await withConformanceServer { server in
            let peer = try await CasePeer.connect(to: server.port)
            _ = try #require(await peer.shakeHands())
            let before = ResidentMemory.bytes
            await peer.send(flood.opening.map(\.bytes))
            await pour(flood, into: peer)
            let end = await peer.next { $0.type == FrameType.goAway }
            #expect(
                end?.errorCode.map { code in flood.codes.contains { $0.rawValue == code } } == true,
                "\(String(describing: end))")
            #expect(await peer.next(where: { _ in false }) == nil)
            #expect(!peer.isExpired)
            #expect(ResidentMemory.bytes - before < 48 << 20)
            await peer.close()
            try await expectAnswer(from: server)
        }
    }

    /// Sends rounds in batches until all are sent or the connection is gone.
    private func pour(_ flood: Flood, into peer: CasePeer) async {
        var round: UInt32 = 0
        while round < flood.rounds, !peer.isClosed {
            let batch = round..<min(round + 250, flood.rounds)
            await peer.send([batch.flatMap { flood.frames($0).flatMap(\.bytes) }])
            round = batch.upperBound
        }
    }
}

/// Expects a new connection to be answered.
func expectAnswer(from server: HTTPServer) async throws {
    var run = ConformanceRun(
        ConformanceCase("the next connection is answered", .answerWith(body: "hello, world"), .get(1)),
        try await CasePeer.connect(to: server.port))
    let problem = await run.failure()
    #expect(problem == nil)
}
