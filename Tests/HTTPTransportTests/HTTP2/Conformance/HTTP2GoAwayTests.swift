import Testing

@testable import HTTPTransport

/// The end of connections, from either side, while requests are on their way (table B2 of the threat model).
@Suite("HTTP/2 GOAWAY races", .serialized) struct HTTP2GoAwayTests {
    @Test("a request behind the client's own GOAWAY does no harm") func clientGoesOn() async throws {
        try await withConformanceServer { server in
            let peer = try await CasePeer.connect(to: server.port)
            _ = try #require(await peer.shakeHands())
            await peer.send(.post(1), .goAway(), .get(3), .data(1, end: true))
            #expect(await peer.next { $0.stream == 1 && $0.endsStream } != nil)
            // Both requests are done: the connection has no reason to stay.
            #expect(await peer.next(where: { _ in false }) == nil)
            #expect(!peer.isExpired)
            try await expectAnswer(from: server)
        }
    }

    @Test("an idle client's GOAWAY ends the connection") func clientLeaves() async throws {
        try await withConformanceServer { server in
            let peer = try await CasePeer.connect(to: server.port)
            _ = try #require(await peer.shakeHands())
            await peer.send(.get(1))
            _ = await peer.next { $0.stream == 1 && $0.endsStream }
            await peer.send(.goAway())
            #expect(await peer.next(where: { _ in false }) == nil)
            #expect(!peer.isExpired)
        }
    }

    @Test("a request that runs when the server drains is answered, a later one is not") func serverDrains() async throws
    {
        let probe = ResponderProbe()
        try await withConformanceServer(probe: probe) { server in
            let peer = try await CasePeer.connect(to: server.port)
            _ = try #require(await peer.shakeHands())
            // Its acknowledgement shows that the request before it has come.
            await peer.send(.post(1), .ping(2))
            _ = await peer.next { $0.type == FrameType.ping && $0.isAcknowledgement }
            async let shutDown: Void = server.shutDown(grace: .seconds(20))
            let notice = try #require(await peer.next { $0.type == FrameType.goAway })
            #expect(notice.errorCode == 0)
            // The server may wait for this before it names the last stream.
            await peer.send(.ping(1))
            _ = await peer.next { $0.type == FrameType.ping && $0.isAcknowledgement }
            await peer.send(.data(1, end: true))
            var answered: Set<UInt32> = []
            while let frame = await peer.next() {
                if frame.endsStream { answered.insert(frame.stream) }
                if frame.type == FrameType.goAway { await peer.send(.get(3)) }
            }
            #expect(!peer.isExpired)
            #expect(answered.contains(1))
            await shutDown
            #expect(await probe.isIdle())
        }
    }

    @Test("requests that arrive while the server drains are answered, refused or cut, and none hangs")
    func drainsUnderLoad() async throws {
        let probe = ResponderProbe()
        try await withConformanceServer(probe: probe) { server in
            let port = server.port
            let first = Event()
            async let clients: Void = withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        guard let peer = try? await CasePeer.connect(to: port) else { return }
                        guard await peer.shakeHands() != nil else { return }
                        for number in UInt32(0)..<2_000 where !peer.isClosed {
                            await peer.send(.get(number * 2 + 1))
                            guard await peer.next(where: \.endsStream) != nil else { break }
                            first.happened()
                        }
                        _ = await peer.next { _ in false }
                        #expect(!peer.isExpired)
                    }
                }
            }
            await first.wait()
            await server.shutDown(grace: .seconds(20))
            await clients
            #expect(await probe.isIdle())
        }
    }

    @Test("what runs when the grace is over is cancelled and its stream ends") func graceEnds() async throws {
        let probe = ResponderProbe()
        try await withConformanceServer(probe: probe) { server in
            let peer = try await CasePeer.connect(to: server.port)
            _ = try #require(await peer.shakeHands())
            await peer.send(.get(1, path: "/hold"), .ping(1))
            _ = await peer.next { $0.type == FrameType.ping }
            await server.shutDown(grace: .zero)
            #expect(await peer.next(where: { _ in false }) == nil)
            #expect(!peer.isExpired)
            #expect(await probe.isIdle())
        }
    }

    @Test("a client that resets or leaves cancels its requests", arguments: [true, false])
    func cancels(byReset: Bool) async throws {
        let probe = ResponderProbe()
        try await withConformanceServer(probe: probe) { server in
            let peer = try await CasePeer.connect(to: server.port)
            _ = try #require(await peer.shakeHands())
            let streams = (0..<20).map { UInt32($0) * 2 + 1 }
            await peer.send(streams.map { CaseFrame.get($0, path: "/hold").bytes })
            while probe.running.value < 20 { try await Task.sleep(for: .milliseconds(2)) }
            if byReset { await peer.send(streams.map { CaseFrame.reset($0).bytes }) } else { await peer.close() }
            #expect(await probe.isIdle())
            await peer.close()
            try await expectAnswer(from: server)
        }
    }
}
