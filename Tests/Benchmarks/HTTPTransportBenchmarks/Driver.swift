import Glibc

/// What a window of load showed.
struct Measured {
    /// Answers of status 200 that were whole.
    var answers = 0
    var failures = 0
    var events = 0
    var seconds = 0.0
    /// CPU of the server, in ns.
    var cpu = 0.0
    /// µs from a request, or the time it was due, to the first event of its answer.
    var firstEvents: [Double] = []
    /// µs from the source of an event to here.
    var delays: [Double] = []

    var cpuPerAnswer: Double { cpu / 1_000 / Double(max(1, answers)) }
    var cpuPerEvent: Double { cpu / 1_000 / Double(max(1, events)) }
}

extension [Double] {
    /// The smallest value that so large a part does not exceed.
    func quantile(_ part: Double) -> Double {
        guard !isEmpty else { return .nan }
        return sorted()[Swift.min(count - 1, Int(Double(count) * part))]
    }

    var median: Double { quantile(0.5) }
}

/// Sends one request again and again on kept connections of HTTP/1.1, in one thread.
final class Driver {
    enum Pace {
        /// Each connection sends as soon as it has its answer.
        case saturated
        /// So many requests per second on whichever connection is free.
        case steady(Double)
        /// One request at a time on all connections together.
        case oneByOne
    }

    private struct Connection {
        var parser = ResponseParser()
        var sentAt: UInt64 = 0
        var isWaitingForFirst = false
    }

    private let port: Int
    private let request: [UInt8]
    private let poller: Poller
    private var connections: [Int32: Connection] = [:]
    private var idle: [Int32] = []
    private var buffer = [UInt8](repeating: 0, count: 256 * 1_024)
    private var measured = Measured()

    init(port: Int, connections count: Int, request: [UInt8]) throws {
        self.port = port
        self.request = request
        poller = try Poller()
        for _ in 0..<count { try dial() }
    }

    deinit { for descriptor in connections.keys { close(descriptor) } }

    private func dial() throws {
        let descriptor = try Loopback.connect(to: port)
        connections[descriptor] = Connection()
        poller.add(descriptor)
        idle.append(descriptor)
    }

    /// One window, behind a short one that does not count.
    func run(_ pace: Pace, seconds: Double, server: Peer) throws -> Measured {
        try load(pace, seconds: min(0.3, seconds / 4))
        measured = Measured()
        let cpu = try server.cpu()
        let start = now
        try load(pace, seconds: seconds)
        measured.seconds = Double(now - start) / 1e9
        measured.cpu = try server.cpu() - cpu
        return measured
    }

    private func load(_ pace: Pace, seconds: Double) throws {
        let start = now
        let end = start + UInt64(seconds * 1e9)
        var sent = 0
        while case let time = now, time < end {
            var wait = Int64(end - time)
            switch pace {
            case .saturated:
                while let descriptor = idle.popLast() { try send(on: descriptor, due: time) }
            case .oneByOne:
                if idle.count == connections.count, let descriptor = idle.popLast() {
                    try send(on: descriptor, due: now)
                }
            case .steady(let rate):
                while case let due = start + UInt64(Double(sent) / rate * 1e9), !idle.isEmpty {
                    guard due <= time else {
                        wait = min(wait, Int64(due - time))
                        break
                    }
                    try send(on: idle.removeFirst(), due: due)
                    sent += 1
                }
            }
            try poller.wait(wait, receive)
        }
    }

    private func send(on descriptor: Int32, due: UInt64) throws {
        connections[descriptor]?.sentAt = due
        connections[descriptor]?.isWaitingForFirst = true
        if Loopback.send(request, on: descriptor) != request.count { try fail(descriptor) }
    }

    private func receive(_ descriptor: Int32) throws {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EAGAIN { return }
        guard count > 0, var connection = connections.removeValue(forKey: descriptor) else {
            return try fail(descriptor)
        }
        let outcome = buffer.withUnsafeBytes { connection.parser.feed(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        let time = now
        for event in connection.parser.takeEvents() {
            measured.events += 1
            measured.delays.append(Double(time) / 1_000 - Double(event) / 1_000)
            if connection.isWaitingForFirst {
                connection.isWaitingForFirst = false
                measured.firstEvents.append(Double(time - connection.sentAt) / 1_000)
            }
        }
        connections[descriptor] = connection
        switch outcome {
        case .more: break
        case .failed: try fail(descriptor)
        case .complete:
            measured.answers += 1
            idle.append(descriptor)
        }
    }

    private func fail(_ descriptor: Int32) throws {
        measured.failures += 1
        connections[descriptor] = nil
        idle.removeAll { $0 == descriptor }
        close(descriptor)
        try dial()
    }
}
