import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import HTTPTransport

@Suite("Streamed request bodies", .timeLimit(.minutes(1))) struct HTTPClientUploadTests {
    struct SourceFailed: Error {}

    /// Gives the parts one after the other, then ends or fails.
    private func stream(_ parts: [String], length: Int? = nil, fails: Bool = false) -> HTTPClientRequest.Stream {
        let position = Counter()
        return HTTPClientRequest.Stream(length: length) {
            let index = position.add() - 1
            if index < parts.count { return ByteBuffer(string: parts[index]) }
            if fails { throw SourceFailed() }
            return nil
        }
    }

    private func send(
        _ stream: HTTPClientRequest.Stream, with client: HTTPClient, to address: VettedAddress
    ) async throws -> String {
        try await client.withResponse(from: address, deadline: .now + .seconds(30)) { _ in
            HTTPClientRequest(method: .PUT, target: "/up", stream: stream)
        } _: { response in
            "\(response.status.code) \(String(buffer: try await response.collect(upTo: 1_000_000)))"
        }
    }

    @Test("arrive whole, chunked and sized, on a connection that is used again")
    func whole() async throws {
        try await withServer(answer: echo) { server, loops in
            let client = HTTPClient(on: loops)
            for length in [nil, 6] {
                let body = stream(["ab", "", "cde", "f"], length: length)
                let answer = try await send(body, with: client, to: .loopback(server.port))
                #expect(answer == "200 PUT /up abcdef")
            }
            let empty = try await send(stream([]), with: client, to: .loopback(server.port))
            #expect(empty == "200 PUT /up ")
            await client.shutDown()
        }
    }

    @Test("have the framing that was asked for")
    func framing() async throws {
        let heads = Mutex<[String]>([])
        let server = try await ScriptedServer.start { peer, _ in
            while let text = await peer.receive({ $0.hasSuffix("0\r\n\r\n") || $0.hasSuffix("abc") }) {
                heads.withLock { $0.append(text) }
                try await peer.send(okay)
            }
        }
        try await withClient { client, _ in
            for length in [nil, 3] {
                _ = try await send(stream(["a", "bc"], length: length), with: client, to: server.address)
            }
        }
        let host = "\(server.address)"
        #expect(
            heads.withLock { $0 } == [
                "PUT /up HTTP/1.1\r\nhost: \(host)\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
                "PUT /up HTTP/1.1\r\nhost: \(host)\r\ncontent-length: 3\r\n\r\nabc",
            ])
        await server.stop()
    }

    @Test(
        "that fail, or are of another length than announced, reset the connection and are not sent again",
        arguments: 0..<3)
    func failing(kind: Int) async throws {
        let reset = Event()
        let server = try await ScriptedServer.start { peer, _ in
            _ = await peer.receiveAll()
            #expect(peer.wasReset)
            reset.happened()
        }
        let body =
            switch kind {
            case 0: stream(["ab"], fails: true)
            case 1: stream(["ab"], length: 3)
            default: stream(["ab", "cd"], length: 3)
            }
        try await withClient { client, _ in
            let error = await #expect(throws: TransportError.self) {
                try await send(body, with: client, to: server.address)
            }
            #expect(error?.code == .requestBodyFailed)
            #expect((error?.cause is SourceFailed) == (kind == 0))
        }
        await reset.wait()
        #expect(server.accepted.value == 1)
        await server.stop()
    }

    @Test("are made only as fast as the peer takes them, and end with an early answer")
    func backPressure() async throws {
        let made = Counter()
        let answer = Event()
        let total = 2_000
        let server = try await ScriptedServer.start { peer, _ in
            try await peer.channel.setOption(.autoRead, value: false).get()
            await answer.wait()
            try await peer.send("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
            try await peer.channel.closeFuture.get()
        }
        try await withClient { client, _ in
            let block = ByteBuffer(repeating: 0x61, count: 65_536)
            let body = HTTPClientRequest.Stream { made.add() < total ? block : nil }
            let task = Task { try await send(body, with: client, to: server.address) }
            var last = -1
            while made.value != last || last == 0 {
                last = made.value
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(made.value < total, "130 MB cannot all be on their way")
            answer.happened()
            let text = try await task.value
            #expect(text == "413 ")
        }
        await server.stop()
    }

    @Test("that the peer does not take end at the body timeout")
    func stalled() async throws {
        let server = try await ScriptedServer.start { peer, _ in
            try await peer.channel.setOption(.autoRead, value: false).get()
            try await peer.channel.closeFuture.get()
        }
        try await withClient {
            $0.timeouts.idle = .milliseconds(150)
        } _: { client, _ in
            let block = ByteBuffer(repeating: 0x61, count: 65_536)
            let error = await #expect(throws: TransportError.self) {
                try await send(.init { block }, with: client, to: server.address)
            }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.message == "the peer took none of the request's body within the body timeout")
        }
        await server.stop()
    }
}
