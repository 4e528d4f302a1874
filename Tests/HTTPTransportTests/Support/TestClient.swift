import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

/// Runs a client on its own loop while `body` runs.
func withClient(
    _ configure: (inout HTTPClientConfiguration) -> Void = { _ in },
    _ body: @Sendable (HTTPClient, EventLoops) async throws -> Void
) async throws {
    var configuration = HTTPClientConfiguration()
    configure(&configuration)
    let loops = EventLoops(count: 1)
    let client = HTTPClient(configuration: configuration, on: loops)
    do {
        try await loops.run { try await body(client, loops) }
    } catch {
        await client.shutDown()
        await loops.shutdown()
        throw error
    }
    await client.shutDown()
    await loops.shutdown()
}

extension HTTPClient {
    /// One POST, its answer as text.
    func post(
        _ text: String = "ping", to address: VettedAddress, within: Duration = .seconds(20), method: HTTPMethod = .POST,
        limit: Int = 1_000_000
    ) async throws -> String {
        try await post(text, to: HTTPTarget(address), within: within, method: method, limit: limit)
    }

    /// The same at any target.
    func post(
        _ text: String = "ping", to target: HTTPTarget, within: Duration = .seconds(20), method: HTTPMethod = .POST,
        limit: Int = 1_000_000
    ) async throws -> String {
        try await withResponse(from: target, deadline: .now + within) { _ in
            HTTPClientRequest(method: method, target: "/", body: ByteBuffer(string: text))
        } _: { response in
            let body = try await response.collect(upTo: limit)
            return "\(response.status.code) \(String(buffer: body))"
        }
    }

    /// Expects one POST, or another method, to be answered by `answer`: status and body.
    func expect(
        _ answer: String, for text: String = "ping", to address: VettedAddress, method: HTTPMethod = .POST,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let received = try await post(text, to: address, method: method)
        #expect(received == answer, sourceLocation: sourceLocation)
    }

    /// The error that one POST ends with.
    func error(to target: HTTPTarget, within: Duration = .seconds(20)) async -> TransportError? {
        do {
            let answer = try await post(to: target, within: within)
            Issue.record("answered \(answer)")
            return nil
        } catch {
            return error as? TransportError
        }
    }

    /// The code of the error that one POST ends with.
    func failure(to address: VettedAddress, within: Duration = .seconds(20)) async -> TransportError.Code? {
        do {
            let answer = try await post(to: address, within: within)
            Issue.record("answered \(answer)")
            return nil
        } catch {
            return (error as? TransportError)?.code
        }
    }
}

let okay = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
