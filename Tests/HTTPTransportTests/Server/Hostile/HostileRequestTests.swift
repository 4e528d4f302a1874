import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization
import Testing

@testable import HTTPTransport

@Suite("Hostile requests", .timeLimit(.minutes(2))) struct HostileRequestTests {
    /// What a connection made of the bytes.
    private struct Result: Equatable {
        var statuses: [Int] = []
        var seen: [String] = []
        var isClosed = false
    }

    private static func configure(_ configuration: inout HTTPServerConfiguration) {
        configuration.maximumHeaderBytes = 2_000
        configuration.maximumHeaderCount = 32
        configuration.maximumTargetBytes = 200
        configuration.maximumBodyBytes = 1_000
    }

    private static func expected(_ request: HostileRequest) -> Result {
        switch request.outcome {
        case .refused(let status): Result(statuses: [status], seen: [], isClosed: true)
        case .taken(let text): Result(statuses: [200, 200], seen: [text, "GET /next "], isClosed: false)
        }
    }

    private static func statuses(_ text: String) -> [Int] {
        text.split(separator: "HTTP/1.1 ").compactMap { Int($0.prefix(3)) }
    }

    @Test("end as the RFCs say, whole and cut at any place", arguments: HostileRequest.all)
    func everySplit(request: HostileRequest) throws {
        let bytes = request.bytes + HostileRequest.follower
        let expected = Self.expected(request)
        // Long ones repeat themselves: their beginning and end have every kind of place.
        let places =
            bytes.count < 600 ? Array(0..<bytes.count) : Array(0..<200) + Array(bytes.count - 200..<bytes.count)
        for place in places {
            let result = try Self.deliver([bytes[..<place], bytes[place...]])
            #expect(result == expected, "cut at \(place)")
            if result != expected { return }
        }
    }

    @Test("end so byte by byte too", arguments: HostileRequest.all)
    func byteByByte(request: HostileRequest) throws {
        let bytes = request.bytes + HostileRequest.follower
        let result = try Self.deliver(bytes.indices.map { bytes[$0...$0] })
        #expect(result == Self.expected(request))
    }

    @Test("end so over a socket")
    func socket() async throws {
        let seen = Seen()
        try await withServer(Self.configure) { request, writer in
            try await seen.answer(request, writer)
        } _: { server, _ in
            for request in HostileRequest.all {
                let peer = try await RawPeer.connect(to: server.port)
                // The last request ends the connection, so that all there is has come.
                let last = "GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
                try? await peer.send(request.bytes + HostileRequest.follower + Array(last.utf8))
                let statuses = Self.statuses(await peer.receiveAll())
                switch request.outcome {
                case .refused(let status):
                    #expect(statuses == [status], "\(request.name)")
                    #expect(seen.take().isEmpty, "\(request.name)")
                case .taken(let text):
                    #expect(statuses == [200, 200, 200], "\(request.name)")
                    #expect(seen.take() == [text, "GET /next ", "GET /last "], "\(request.name)")
                }
            }
        }
    }

    /// Gives reads to the pipeline that an accepted connection has.
    private static func deliver(_ reads: [ArraySlice<UInt8>]) throws -> Result {
        let seen = Seen()
        var configuration = HTTPServerConfiguration()
        configure(&configuration)
        let shared = ServerShared(
            configuration: configuration, responder: ClosureResponder(answer: seen.answer), webSocket: nil,
            logger: quiet)
        let channel = EmbeddedChannel()
        let server = ServerLoop(shared: shared, executor: LoopExecutor(loop: channel.embeddedEventLoop))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        _ = server.accept(channel)
        for read in reads where !read.isEmpty {
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: read))
            channel.pipeline.fireChannelReadComplete()
            channel.embeddedEventLoop.run()
        }
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        let result = Result(statuses: statuses(text), seen: seen.take(), isClosed: text.contains("connection: close"))
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return result
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// The requests that a responder has seen.
private final class Seen: Sendable {
    private let texts = Mutex<[String]>([])

    func take() -> [String] {
        texts.withLock { texts in
            defer { texts = [] }
            return texts
        }
    }

    @Sendable func answer(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
        texts.withLock {
            $0.append("\(request.method.rawValue) \(request.target) \(String(buffer: request.body))")
        }
        try await writer.respond(.ok)
    }
}
