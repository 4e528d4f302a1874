import Glibc

/// How much memory a server keeps.
enum Memory {
    static func idleStreams(_ count: Int, path: String, _ server: Peer, limit: Double?) throws -> Bool {
        let isRelayed = path.hasPrefix("/events")
        print("\(count) idle event streams\(isRelayed ? ", each from another server" : "")")
        let before = try server.memory()
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        var open: [Int32] = []
        defer { for descriptor in open { close(descriptor) } }
        for _ in 0..<count {
            open.append(try Loopback.connect(to: server.port))
            // A client at a time, so that the backlog holds them.
            try exchange(request, on: open[open.count - 1]) { parser, _ in !parser.takeEvents().isEmpty }
        }
        let after = try server.memory()
        _ = report("resident before", before, "MB")
        _ = report("per stream", (after - before) * 1e3 / Double(count), "kB")
        return report("resident", after, "MB", limit: limit)
    }

    /// Sends requests of which every tenth is broken off: in the middle of its body, or of the streamed answer.
    static func watch(_ server: Peer, requests: Int) throws -> Bool {
        print("\(requests) requests, a tenth of them broken off")
        let crowd = try Crowd(port: server.port)
        // What caches and pools grow to is there after a fifth.
        try crowd.run(requests / 5)
        let settled = try server.memory()
        var peak = settled
        for _ in 0..<8 {
            try crowd.run(requests / 10)
            peak = max(peak, try server.memory())
        }
        _ = report("broken off", Double(crowd.broken), "requests")
        _ = report("resident after a fifth", settled, "MB")
        return report("grown since, at most", peak - settled, "MB", limit: 4)
    }

    /// Waits for a response until `isEnough`.
    private static func exchange(
        _ request: [UInt8], on descriptor: Int32, isEnough: (inout ResponseParser, ResponseParser.Outcome) -> Bool
    ) throws {
        guard Loopback.send(request, on: descriptor) == request.count else { throw SystemFailure(call: "send") }
        var parser = ResponseParser()
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 10_000) == 1 else { throw SystemFailure(call: "poll") }
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { throw Failure("the server closed a connection") }
            let outcome = buffer.withUnsafeBytes { parser.feed(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            if isEnough(&parser, outcome) { return }
        }
    }
}

/// Clients of which some leave in the middle.
private final class Crowd {
    private enum Task { case answer, stream }
    private let port: Int
    private let poller: Poller
    private var tasks: [Int32: (task: Task, parser: ResponseParser)] = [:]
    private var buffer = [UInt8](repeating: 0, count: 64 * 1_024)
    private var count = 0
    private var limit = 0
    private(set) var broken = 0
    private let whole = Array("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n0123456789abcdef".utf8)
    private let stream = EventStream.request(count: 1_000, gap: 1_000)

    init(port: Int) throws {
        self.port = port
        poller = try Poller()
        for _ in 0..<64 { try dial() }
    }

    deinit { for descriptor in tasks.keys { close(descriptor) } }

    private func dial() throws {
        let descriptor = try Loopback.connect(to: port)
        poller.add(descriptor)
        tasks[descriptor] = (.answer, ResponseParser())
    }

    func run(_ more: Int) throws {
        limit = count + more
        for descriptor in Array(tasks.keys) { try next(on: descriptor) }
        while count < limit { try poller.wait(10_000_000_000, receive) }
        // The rest of the answers, so that every connection is free again.
        let free = now + 200_000_000
        while now < free { try poller.wait(50_000_000, receive) }
    }

    private func next(on descriptor: Int32) throws {
        guard count < limit else { return }
        count += 1
        switch count % 20 {
        case 7:
            _ = Loopback.send(whole.dropLast(9), on: descriptor)
            try leave(descriptor)
        case 17:
            tasks[descriptor] = (.stream, ResponseParser())
            _ = Loopback.send(stream, on: descriptor)
        default:
            tasks[descriptor] = (.answer, ResponseParser())
            _ = Loopback.send(whole, on: descriptor)
        }
    }

    private func leave(_ descriptor: Int32) throws {
        broken += 1
        tasks[descriptor] = nil
        close(descriptor)
        let descriptor = try Loopback.connect(to: port)
        poller.add(descriptor)
        try next(on: descriptor)
    }

    private func receive(_ descriptor: Int32) throws {
        guard var current = tasks[descriptor] else { return }
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { throw Failure("the server closed a connection") }
        let outcome = buffer.withUnsafeBytes { current.parser.feed(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        switch (current.task, outcome) {
        case (.answer, .complete): try next(on: descriptor)
        case (.stream, .more) where !current.parser.takeEvents().isEmpty: try leave(descriptor)
        case (_, .more): tasks[descriptor] = current
        default: throw Failure("an answer was not whole")
        }
    }
}
