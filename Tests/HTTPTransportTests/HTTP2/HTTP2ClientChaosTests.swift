import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP/2 client in disorder", .timeLimit(.minutes(1))) struct HTTP2ClientChaosTests {
    /// The ways that one request may go, by its path.
    private enum Way: CaseIterable {
        case whole, left, cancelled, uploaded, uploadLeft, late
    }

    /// Waits for so many, each of whom then goes on.
    private actor Meeting {
        private let size: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []

        init(of size: Int) { self.size = size }

        func join() async {
            if waiting.count + 1 == size {
                for other in waiting { other.resume() }
                waiting = []
            } else {
                await withCheckedContinuation { waiting.append($0) }
            }
        }
    }

    @Sendable private static func answer(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
        switch request.path {
        case "/late":
            try await Task.sleep(for: .seconds(60))
        case "/long":
            try writer.start(.ok)
            for _ in 0..<64 { try await writer.write(ByteBuffer(repeating: 0x61, count: 4_096)) }
            try await writer.finish()
        default:
            var count = request.body.readableBytes
            while let part = try await request.bodyStream?.next() { count += part.readableBytes }
            try await writer.respond(.ok, body: ByteBuffer(string: "\(count)"))
        }
    }

    private static func go(_ way: Way, _ client: HTTPClient, _ target: HTTPTarget) async throws {
        let parts = Counter()
        let upload = HTTPClientRequest.Stream {
            parts.add() <= 20 ? ByteBuffer(repeating: 0x61, count: 8_192) : nil
        }
        func ask(_ request: HTTPClientRequest, within: Duration = .seconds(40), reads: Bool = true) async throws -> Int
        {
            try await client.withResponse(from: target, deadline: .now + within) { _ in
                request
            } _: { response in
                reads ? try await response.collect(upTo: 1 << 20).readableBytes : 0
            }
        }
        let long = HTTPClientRequest(method: .GET, target: "/long")
        switch way {
        case .whole:
            let count = try await ask(long)
            #expect(count == 64 * 4_096)
        case .left:
            _ = try await ask(long, reads: false)
        case .cancelled:
            let task = Task { try await ask(HTTPClientRequest(method: .GET, target: "/late")) }
            await Task.yield()
            task.cancel()
            let error = await #expect(throws: TransportError.self) { try await task.value }
            #expect(error?.code == .cancelled)
        case .uploaded:
            let count = try await ask(HTTPClientRequest(method: .PUT, target: "/up", stream: upload))
            // The digits of 163840.
            #expect(count == 6)
        case .uploadLeft:
            _ = try await ask(HTTPClientRequest(method: .PUT, target: "/long", stream: upload), reads: false)
        case .late:
            let error = await #expect(throws: TransportError.self) {
                _ = try await ask(HTTPClientRequest(method: .GET, target: "/late"), within: .milliseconds(20))
            }
            #expect(error?.code == .deadlineExceeded)
        }
    }

    @Test("however requests end, every place comes back, and the connection stays")
    func places() async throws {
        let places = 8
        let meeting = Meeting(of: places)
        let addresses = Counter()
        try await withServer(reception: { $0.path == "/up" ? .stream(upTo: 1 << 20) : .collect }) { request, writer in
            if request.path == "/meet" {
                // All of them at a time, or none is answered.
                addresses.add()
                await meeting.join()
            }
            try await Self.answer(request, writer)
        } _: { server, _ in
            try await withClient {
                $0.maximumConnections = 1
                $0.http2.maximumConcurrentStreams = places
            } _: { client, _ in
                let target = HTTPTarget(.loopback(server.port), version: .http2)
                for _ in 0..<3 {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for index in 0..<60 {
                            let way = Way.allCases[index % Way.allCases.count]
                            group.addTask { try await Self.go(way, client, target) }
                        }
                        try await group.waitForAll()
                    }
                    try await withThrowingTaskGroup(of: String.self) { group in
                        for _ in 0..<places {
                            group.addTask {
                                try await client.withResponse(from: target, deadline: .now + .seconds(20)) { _ in
                                    HTTPClientRequest(method: .GET, target: "/meet")
                                } _: { response in
                                    String(buffer: try await response.collect(upTo: 100))
                                }
                            }
                        }
                        for try await answer in group { #expect(answer == "0") }
                    }
                }
                #expect(addresses.value == 3 * places)
            }
        }
    }
}
