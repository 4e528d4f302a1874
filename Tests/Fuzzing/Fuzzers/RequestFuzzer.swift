import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization

@testable import HTTPTransport

/// The server's request path: bytes into the pipeline that an accepted connection gets.
///
/// Promises: nothing traps; what the responder sees and what is answered do not depend on how the bytes are cut; a
/// request that is not read holds the connection's further bytes back; once the client has left, every task ends and
/// nothing of the connection stays.
enum RequestFuzzer {
    /// What one delivery of the input led to.
    struct Outcome: Equatable, CustomStringConvertible {
        var requests: [String]
        var answer: String

        var description: String { requests.joined(separator: "\n") + "\n>>>\n" + answer }
    }

    @Sendable static func run(_ input: [UInt8]) {
        let whole = outcome(of: input, .whole)
        for delivery in [Delivery.byteByByte, .pieces] {
            expectEqual(whole, outcome(of: input, delivery), "the answer depends on how the request was cut")
        }
    }

    /// The same for HTTP/2: the client's preface and an empty SETTINGS frame are added where they are missing.
    ///
    /// Frames of one read are taken up together, so that a reset may come before its request is begun; all else holds.
    @Sendable static func runHTTP2(_ input: [UInt8]) {
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        let bytes = input.starts(with: preface) ? input : preface + [0, 0, 0, 4, 0, 0, 0, 0, 0] + input
        for delivery in Delivery.allCases { _ = outcome(of: bytes, delivery) }
    }

    private static func outcome(of input: [UInt8], _ delivery: Delivery) -> Outcome {
        let responder = RecordingResponder()
        weak var shared: ServerShared?
        var outcome = Outcome(requests: [], answer: "")
        do {
            let wire = Wire()
            let state = ServerShared(
                configuration: configuration, responder: responder, webSocket: echo, logger: logger)
            shared = state
            let server = ServerLoop(shared: state, executor: LoopExecutor(loop: wire.loop))
            _ = server.accept(wire.channel)
            wire.open()
            for bytes in delivery.reads(of: input) where !wire.deliver(bytes) { break }
            outcome.answer = normalized(wire.written())
            wire.close()
            outcome.requests = responder.requests
            // What waits for the end of its time must not wait for a closed connection.
            wire.expireTimers()
        }
        expect(responder.running == 0, "a request's task outlives its connection")
        expect(shared == nil, "something of a closed connection stays")
        return outcome
    }

    /// Small bounds, so that short inputs reach them.
    private static let configuration = {
        var configuration = HTTPServerConfiguration()
        configuration.maximumBodyBytes = 512
        configuration.maximumHeaderBytes = 1_024
        configuration.maximumHeaderCount = 16
        configuration.maximumTargetBytes = 128
        configuration.maximumWebSocketMessageBytes = 256
        return configuration
    }()

    private static let logger = {
        var logger = Logger(label: "fuzz")
        logger.logLevel = .critical
        return logger
    }()

    @Sendable private static func echo(_ socket: WebSocket) async {
        while let message = try? await socket.receive() { try? await socket.send(message) }
    }

    /// The answer without what may differ: the time of day, and leave to send a body that has arrived already.
    private static func normalized(_ bytes: [UInt8]) -> String {
        var lines: [Substring] = []
        let text = String(decoding: bytes, as: UTF8.self)
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) where !line.hasPrefix("date: ") {
            lines.append(line)
        }
        // Of two faults in one request NIO's parser names the one that its read has come to.
        let answer = lines.joined(separator: "\n").replacing("HTTP/1.1 100 Continue\n\n", with: "")
            .replacing("431 Request Header Fields Too Large", with: "400 Bad Request")
            .replacing("content-length: 36\n", with: "content-length: 16\n")
        // What a WebSocket echoes depends on whether its close came with its messages: only the handshake is compared.
        guard let upgrade = answer.firstRange(of: "HTTP/1.1 101 "),
            let end = answer[upgrade.lowerBound...].firstRange(of: "\n\n")
        else { return answer }
        return String(answer[..<end.lowerBound])
    }
}
