import HTTPTransport
import JSON
import Logging
import NIOCore
import NIOHTTP1

/// Answers JSON-RPC over HTTP POST and over WebSocket.
struct RPCServer: HTTPResponder {
    /// Calls in one batch.
    static let maximumBatch = 256
    static let maximumMessageBytes = 4 * 1_024 * 1_024
    /// Messages and events that one connection may let wait before it is closed.
    static let maximumBacklog = 4_096

    let chain: Chain
    let logger: Logger
    private let methods = RPCMethods()
    private let limits: JSONLimits

    init(_ chain: Chain, logger: Logger) {
        self.chain = chain
        self.logger = logger
        var limits = JSONLimits()
        limits.maximumDepth = 16
        limits.maximumValues = 200_000
        self.limits = limits
    }

    // MARK: HTTP

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        guard request.method == .POST else {
            let text = ByteBuffer(string: "JSON-RPC: POST, or connect with WebSocket\n")
            return try await writer.respond(.methodNotAllowed, headers: ["allow": "POST"], body: text)
        }
        var subscriptions: Subscriptions?
        let messages = answer(request.body, &subscriptions)
        try await writer.respond(
            .ok, headers: ["content-type": "application/json"], body: messages.first ?? ByteBuffer())
    }

    // MARK: WebSocket

    private enum Input: Sendable {
        case message(ByteBuffer)
        case event(ChainEvent)
    }

    /// Serves one connection until it ends. Calls and events are taken in their order by one task, so that a
    /// subscription's number is always sent before its first notification.
    func serve(_ socket: WebSocket) async {
        let (inputs, continuation) = AsyncStream.makeStream(
            of: Input.self, bufferingPolicy: .bufferingOldest(Self.maximumBacklog))
        @Sendable func enqueue(_ input: Input) {
            // A client that does not keep up is cut off rather than told half.
            if case .dropped = continuation.yield(input) { continuation.finish() }
        }
        let observer = chain.addObserver { enqueue(.event($0)) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while let message = try? await socket.receive() { enqueue(.message(message)) }
                continuation.finish()
            }
            await send(inputs, to: socket)
            group.cancelAll()
            await socket.close()
        }
        chain.removeObserver(observer)
    }

    private func send(_ inputs: AsyncStream<Input>, to socket: WebSocket) async {
        var subscriptions: Subscriptions? = Subscriptions(chain)
        for await input in inputs {
            let messages =
                switch input {
                case .message(let message): answer(message, &subscriptions)
                case .event(let event): subscriptions?.notifications(of: event) ?? []
                }
            for message in messages {
                guard (try? await socket.send(message)) != nil else { return }
            }
        }
    }

    // MARK: Messages

    /// The answer to one message, then notifications that follow it.
    func answer(_ message: ByteBuffer, _ subscriptions: inout Subscriptions?) -> [ByteBuffer] {
        guard let document = try? JSONDocument(parsing: message, limits: limits) else {
            return [RPCResponse.error(.parseError, id: nil)]
        }
        guard document.root.kind == .array else { return answer(document.root, &subscriptions) }
        guard (1...Self.maximumBatch).contains(document.root.count) else {
            let reason = "a batch has 1 to \(Self.maximumBatch) calls"
            return [RPCResponse.error(.invalidRequest(reason), id: nil)]
        }
        var responses: [ByteBuffer] = []
        var notifications: [ByteBuffer] = []
        for element in document.root.elements {
            let messages = answer(element, &subscriptions)
            responses += messages.prefix(1)
            notifications += messages.dropFirst()
        }
        return responses.isEmpty ? notifications : [array(of: responses)] + notifications
    }

    private func array(of messages: [ByteBuffer]) -> ByteBuffer {
        var writer = JSONWriter(capacity: messages.reduce(2) { $0 + $1.readableBytes + 1 })
        writer.beginArray()
        for message in messages { writer.raw(message) }
        writer.endArray()
        return writer.buffer
    }

    /// Empty for a call that wants no answer.
    private func answer(_ element: JSONElement, _ subscriptions: inout Subscriptions?) -> [ByteBuffer] {
        let id: ByteBuffer?
        do throws(RPCError) {
            let request = try RPCRequest(element)
            id = request.id
            do throws(RPCError) {
                let (result, then) = try result(of: request, &subscriptions)
                return id.map { [RPCResponse.result(result, id: $0)] + then } ?? []
            } catch {
                logger.debug(
                    "Call refused", metadata: ["rpc.method": "\(request.method)", "error.code": "\(error.code)"])
                return id.map { [RPCResponse.error(error, id: $0)] } ?? []
            }
        } catch {
            return [RPCResponse.error(error, id: nil)]
        }
    }

    private func result(
        of request: RPCRequest, _ subscriptions: inout Subscriptions?
    ) throws(RPCError) -> (ByteBuffer, then: [ByteBuffer]) {
        if let answer = try subscriptions?.answer(request) { return (answer.result, answer.then) }
        var writer = JSONWriter()
        try methods.call(request, on: chain, &writer)
        return (writer.buffer, [])
    }
}
