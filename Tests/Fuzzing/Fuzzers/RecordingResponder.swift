import HTTPTransport
import NIOCore
import NIOHTTP1
import Synchronization

/// Keeps what each request looked like, and answers in the way its path asks for.
final class RecordingResponder: HTTPResponder {
    private struct State {
        var requests: [String] = []
        var running = 0
    }

    private let state = Mutex(State())

    var requests: [String] { state.withLock(\.requests) }
    /// Requests whose task has not ended.
    var running: Int { state.withLock(\.running) }

    func reception(of head: HTTPRequest) -> BodyReception {
        switch head.path {
        case "/b": .stream(upTo: 256)
        case "/c": .collectUpTo(64)
        case "/r": .refuse
        default: .collect
        }
    }

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        state.withLock { $0.running += 1 }
        defer { state.withLock { $0.running -= 1 } }
        var body = [UInt8](request.body.readableBytesView)
        var trailers = request.trailers
        if let stream = request.bodyStream {
            while let part = try await stream.next() { body.append(contentsOf: part.readableBytesView) }
            trailers = stream.trailers
        }
        note(request, body, trailers)
        switch request.path {
        case "/s": try await stream(body, to: writer)
        case "/w": for _ in 0..<3 { await Task.yield() }
        case "/n": try await never()
        case "/e": throw CancellationError()
        case "/d": return
        default: break
        }
        guard request.path != "/s" else { return }
        let answer = ByteBuffer(string: "\(request.method.rawValue) \(request.target) \(body.count)")
        try await writer.respond(.ok, headers: ["x-answer": "yes"], body: answer)
    }

    private func stream(_ body: [UInt8], to writer: HTTPResponseWriter) async throws {
        try writer.start(.ok, headers: ["content-type": "text/event-stream"])
        for byte in body.prefix(3) { try await writer.write(ByteBuffer(bytes: [byte])) }
        await Task.yield()
        try await writer.write(ByteBuffer(string: "end"))
        try await writer.finish(trailers: ["x-count": "\(body.count)"])
    }

    /// Waits until the client leaves.
    private func never() async throws {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            continuation.finish()
        }
        try Task.checkCancellation()
    }

    private func note(_ request: HTTPRequest, _ body: [UInt8], _ trailers: HTTPHeaders) {
        let fields = (request.headers.map { $0 } + [("--", "")] + trailers.map { $0 }).map { "\($0.0):\($0.1)" }
        let text = "\(request.method.rawValue) \(request.path)?\(request.query ?? "-") \(fields) \(body)"
        state.withLock { $0.requests.append(text) }
    }
}
