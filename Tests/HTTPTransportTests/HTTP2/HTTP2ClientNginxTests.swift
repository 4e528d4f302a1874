import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP/2 client and nginx", .timeLimit(.minutes(1))) struct HTTP2ClientNginxTests {
    @Test("many requests over connections that nginx ends after a few, with limits of its own")
    func nginx() async throws {
        let tls = try TestTLS()
        let context = try tls.client()
        let certificate = try TestCertificate(TestName(name: "node"), by: tls.intermediate)
        let server = try await NginxServer.start(
            certificateFile: certificate.chainFile(), keyFile: certificate.keyFile(),
            settings: """
                http2_max_concurrent_streams 8;
                keepalive_requests 25;
                location = /hello { return 200 "$request_method $http2 $http_x_a"; }
                """)
        let large = String(repeating: "0123456789abcdef", count: 1 << 16)
        try server.write(large, to: "large")
        do {
            try await check(HTTPTarget(.loopback(server.port), tls: .init(context, serverName: "localhost")), large)
        } catch {
            Issue.record(error)
        }
        await server.stop()
    }

    private func check(_ target: HTTPTarget, _ large: String) async throws {
        try await withClient { client, _ in
            @Sendable func ask(_ path: String, _ stream: HTTPClientRequest.Stream? = nil) async throws -> String {
                try await client.withResponse(from: target, deadline: .now + .seconds(30)) { info in
                    #expect(info.version == .http2)
                    let headers: HTTPHeaders = ["x-a": "b"]
                    guard let stream else { return HTTPClientRequest(method: .GET, target: path, headers: headers) }
                    return HTTPClientRequest(method: .POST, target: path, headers: headers, stream: stream)
                } _: { response in
                    let body = try await response.collect(upTo: 2 << 20)
                    return "\(response.status.code) \(String(buffer: body))"
                }
            }
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<200 { group.addTask { try await ask("/hello") } }
                for try await answer in group { #expect(answer == "200 GET h2 b") }
            }
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { try await ask("/large") == "200 \(large)" } }
                for try await isWhole in group { #expect(isWhole) }
            }
            let parts = Counter()
            let upload = HTTPClientRequest.Stream {
                parts.add() <= 32 ? ByteBuffer(repeating: 0x61, count: 16_384) : nil
            }
            let answer = try await ask("/hello", upload)
            #expect(answer == "200 POST h2 b")
            let missing = try await ask("/missing")
            #expect(missing.hasPrefix("404 "))
        }
    }
}
