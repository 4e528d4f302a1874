import NIOCore
import Testing

@testable import HTTPTransport

/// Clients that keep a server waiting: every wait has an end, and holds little until then.
@Suite("HTTP/2 clients that stall", .serialized) struct HTTP2StallTests {
    /// What a client has sent when it falls silent.
    struct Silence: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var shakesHands = true
        let bytes: [UInt8]
    }

    static let silences: [Silence] = [
        Silence(testDescription: "with nothing", shakesHands: false, bytes: []),
        Silence(testDescription: "inside the preface", shakesHands: false, bytes: Array(CaseFrame.preface.prefix(17))),
        Silence(testDescription: "behind the preface", shakesHands: false, bytes: CaseFrame.preface),
        Silence(
            testDescription: "inside its first SETTINGS", shakesHands: false,
            bytes: CaseFrame.preface + CaseFrame.settings([Setting.enablePush: 0]).bytes.prefix(11)),
        Silence(testDescription: "behind the handshake", bytes: []),
        Silence(testDescription: "inside a frame's header", bytes: [0, 0, 8, 6]),
        Silence(testDescription: "inside HEADERS", bytes: Array(CaseFrame.get(1).bytes.dropLast(3))),
        Silence(
            testDescription: "before a CONTINUATION",
            bytes: CaseFrame.headers(1, FieldBlock.request(), endHeaders: false).bytes),
        Silence(testDescription: "before a body", bytes: CaseFrame.post(1).bytes),
        Silence(testDescription: "inside a body", bytes: CaseFrame.post(1).bytes + CaseFrame.data(1).bytes),
        Silence(
            testDescription: "inside a DATA frame",
            bytes: CaseFrame.post(1).bytes + CaseFrame.data(1, Array(repeating: 0, count: 100)).bytes.dropLast(50)),
        Silence(
            testDescription: "before trailers",
            bytes: CaseFrame.post(1).bytes + CaseFrame.data(1).bytes
                + CaseFrame.headers(1, [], endHeaders: false).bytes),
        Silence(testDescription: "behind an answer", bytes: CaseFrame.get(1).bytes),
    ]

    @Test("a silent client is let go", arguments: silences)
    func silence(silence: Silence) async throws {
        let probe = ResponderProbe()
        try await withConformanceServer(
            { configuration in
                configuration.headerTimeout = .milliseconds(200)
                configuration.bodyTimeout = .milliseconds(200)
                configuration.idleTimeout = .milliseconds(200)
            }, probe: probe
        ) { server in
            let peer = try await CasePeer.connect(to: server.port)
            if silence.shakesHands { _ = try #require(await peer.shakeHands()) }
            await peer.send([silence.bytes])
            #expect(await peer.next(where: { _ in false }) == nil)
            #expect(!peer.isExpired)
            #expect(await probe.isIdle())
            await peer.close()
        }
    }

    @Test("a body that stops has its stream ended before the connection", arguments: [true, false])
    func stoppedBody(hasBegun: Bool) async throws {
        try await withConformanceServer({ $0.bodyTimeout = .milliseconds(200) }) { server in
            let peer = try await CasePeer.connect(to: server.port)
            _ = try #require(await peer.shakeHands())
            await peer.send(.post(1))
            if hasBegun { await peer.send(.data(1)) }
            let end = try #require(await peer.next { $0.status != nil || $0.errorCode != nil })
            #expect(end.status == 408 || end.type == FrameType.resetStream, "\(end)")
            await peer.close()
        }
    }

    @Test("a window that never opens ends the answers, which hold little meanwhile", arguments: [true, false])
    func closedWindow(ofStreams: Bool) async throws {
        let probe = ResponderProbe()
        let streams = 20
        try await withConformanceServer({ $0.writeTimeout = .milliseconds(300) }, probe: probe) { server in
            let peer = try await CasePeer.connect(to: server.port)
            // Either no stream has a window, or all have one and the connection's is used up at once.
            let window: UInt32 = ofStreams ? 0 : 0x7fff_ffff
            _ = try #require(await peer.shakeHands([Setting.initialWindowSize: window]))
            await peer.send((0..<streams).map { CaseFrame.get(UInt32($0) * 2 + 1, path: "/large").bytes })
            let end = try #require(await peer.next { $0.errorCode != nil })
            #expect(end.type == FrameType.resetStream || end.type == FrameType.goAway, "\(end)")
            #expect(await probe.isIdle())
            #expect(probe.requests.value == streams)
            // 64 KiB and the piece that goes beyond.
            #expect(probe.written.value <= streams * (64 << 10 + 2 * 16_384) + 65_536)
            await peer.close()
            try await expectAnswer(from: server)
        }
    }

    @Test("a client that reads nothing is let go")
    func readsNothing() async throws {
        let probe = ResponderProbe()
        try await withConformanceServer({ $0.writeTimeout = .milliseconds(300) }, probe: probe) { server in
            let peer = try await CasePeer.connect(to: server.port, receiveBuffer: 4_096)
            _ = try #require(await peer.shakeHands([Setting.initialWindowSize: 0x7fff_ffff]))
            await peer.stopReading()
            peer.pour(CaseFrame.windowUpdate(0, 0x7fff_0000).bytes)
            peer.pour((0..<50).flatMap { CaseFrame.get(UInt32($0) * 2 + 1, path: "/large").bytes })
            while probe.requests.value < 50 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(await probe.isIdle())
            await peer.close()
            try await expectAnswer(from: server)
        }
    }

    @Test("acknowledgements that nobody reads end the connection", arguments: [FrameType.ping, FrameType.settings])
    func unreadAcknowledgements(type: UInt8) async throws {
        try await withConformanceServer({ $0.writeTimeout = .milliseconds(500) }) { server in
            let peer = try await CasePeer.connect(to: server.port, receiveBuffer: 4_096)
            _ = try #require(await peer.shakeHands())
            await peer.stopReading()
            let before = ResidentMemory.bytes
            let payload: [UInt8] = type == FrameType.ping ? Array(repeating: 7, count: 8) : []
            let batch = Array(repeating: CaseFrame(type: type, payload: payload).bytes, count: 1_000).flatMap { $0 }
            for _ in 0..<200 { peer.pour(batch) }
            #expect(await peer.waitUntilClosed())
            #expect(ResidentMemory.bytes - before < 48 << 20)
            try await expectAnswer(from: server)
        }
    }
}
