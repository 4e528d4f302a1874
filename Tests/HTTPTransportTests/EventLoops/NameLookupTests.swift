import Foundation
import NIOCore
import Synchronization
import Testing

@testable import HTTPTransport

@Suite("Name lookup", .timeLimit(.minutes(1))) struct NameLookupTests {
    /// Lookups that hang until they are let go.
    private final class Gate: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)

        func pass(_ count: Int = 1) { for _ in 0..<count { semaphore.signal() } }
        func wait() { semaphore.wait() }
    }

    private func addresses(_ names: NameLookup, _ host: String) async throws -> [SocketAddress] {
        try await withCheckedThrowingContinuation { continuation in
            names.addresses(of: host, port: 80) { continuation.resume(with: $0) }
        }
    }

    @Test("finds this machine")
    func localhost() async throws {
        let addresses = try await addresses(.shared, "localhost")
        #expect(addresses.contains { $0.ipAddress == "127.0.0.1" || $0.ipAddress == "::1" })
        #expect(addresses.allSatisfy { $0.port == 80 })
    }

    @Test("says that a name cannot be found")
    func unknown() async throws {
        // Longer than a label can be, so that no name server is asked.
        let name = String(repeating: "x", count: 64)
        let error = await #expect(throws: TransportError.self) { try await addresses(.shared, name) }
        #expect(error?.code == .connectFailed)
        #expect(error?.message.hasPrefix("cannot find \(name): ") == true)
    }

    @Test("refuses more lookups than may be pending, and none afterwards")
    func bounded() async throws {
        let gate = Gate()
        let names = NameLookup(threads: 1, maximumPending: 2) { _, _ throws(TransportError) in
            gate.wait()
            return []
        }
        let (first, second, refused) = (Event(), Event(), Event())
        names.addresses(of: "a", port: 1) { _ in first.happened() }
        names.addresses(of: "b", port: 1) { _ in second.happened() }
        names.addresses(of: "c", port: 1) { result in
            #expect(throws: TransportError.self) { try result.get() }
            refused.happened()
        }
        await refused.wait()
        gate.pass(3)
        await first.wait()
        await second.wait()
        let addresses = try await addresses(names, "d")
        #expect(addresses.isEmpty)
        await names.shutDown()
    }

    @Test("a lookup that hangs holds up neither deadline nor cancellation", arguments: [true, false])
    func hanging(isCancelled: Bool) async throws {
        let gate = Gate()
        let began = Event()
        let names = NameLookup(threads: 1, maximumPending: 2) { _, _ throws(TransportError) in
            began.happened()
            gate.wait()
            return []
        }
        let loops = EventLoops(count: 1)
        let tls = try TestTLS().client()
        let limit: Duration = isCancelled ? .seconds(60) : .milliseconds(200)
        let task = Task {
            let connector = WebSocketConnector(
                target: try WebSocketURL("wss://node.example"),
                settings: .init(isServer: false, maximumMessageBytes: 10), tls: tls, loops: loops, names: names)
            return try await connector.connect(deadline: .now + limit)
        }
        await began.wait()
        if isCancelled { task.cancel() }
        let error = await #expect(throws: TransportError.self) { try await task.value }
        #expect(error?.code == (isCancelled ? .cancelled : .deadlineExceeded))
        gate.pass(10)
        await names.shutDown()
        await loops.shutdown()
    }
}
