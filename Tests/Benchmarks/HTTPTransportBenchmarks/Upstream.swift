import ArgumentParser
import Glibc

/// The source of event streams: an HTTP/1.1 server that can do nothing else, in one thread.
struct Upstream: ParsableCommand {
    @Option var port: Int

    func run() throws {
        try EventSource(port: port).run()
    }
}

final class EventSource {
    private struct Stream {
        var input: [UInt8] = []
        /// Events that are not sent yet.
        var left = 0
        var gap: UInt64 = 0
        var next = UInt64.max
        /// What the reader has no place for yet.
        var unsent: [UInt8] = []
    }

    private let listener: Int32
    private let poller: Poller
    private var streams: [Int32: Stream] = [:]
    /// Those with events left.
    private var busy: [Int32] = []
    private var buffer = [UInt8](repeating: 0, count: 64 * 1_024)

    init(port: Int) throws {
        listener = try Loopback.listen(on: port)
        poller = try Poller()
        poller.add(listener)
    }

    func run() throws -> Never {
        while true {
            poller.wait(nextDue()) { $0 == listener ? accept() : becameReady($0) }
            // One event of each in turn, so that a stream's events travel apart unless the way makes them meet.
            for descriptor in busy { sendDue(descriptor) }
            busy.removeAll { (streams[$0]?.left ?? 0) == 0 }
        }
    }

    private func nextDue() -> Int64 {
        let time = now
        var next = time + 1_000_000_000
        for descriptor in busy {
            guard let stream = streams[descriptor], stream.unsent.isEmpty else { continue }
            next = min(next, stream.next)
            if next <= time { return 0 }
        }
        return Int64(next - time)
    }

    private func accept() {
        while case let descriptor = Glibc.accept(listener, nil, nil), descriptor >= 0 {
            Loopback.prepare(descriptor)
            streams[descriptor] = Stream()
            poller.add(descriptor)
        }
    }

    private func becameReady(_ descriptor: Int32) {
        if streams[descriptor]?.unsent.isEmpty == false { give([], on: descriptor) }
        let count = read(descriptor, &buffer, buffer.count)
        if count == 0 || count < 0 && errno != EAGAIN {
            streams[descriptor] = nil
            close(descriptor)
            return
        }
        guard count > 0 else { return }
        streams[descriptor, default: Stream()].input += buffer[..<count]
        guard let input = streams[descriptor]?.input, input.suffix(4).elementsEqual("\r\n\r\n".utf8) else { return }
        let (events, gap) = EventStream.asked(String(decoding: input, as: UTF8.self)) ?? (1, 0)
        let time = now
        streams[descriptor] = Stream(left: events - 1, gap: gap, next: time + gap)
        give(EventStream.head + EventStream.event(time) + (events == 1 ? EventStream.end : []), on: descriptor)
        if events > 1 { busy.append(descriptor) }
    }

    private func sendDue(_ descriptor: Int32) {
        guard let stream = streams[descriptor], stream.left > 0, stream.unsent.isEmpty else { return }
        let time = now
        guard stream.next <= time else { return }
        streams[descriptor]?.left -= 1
        streams[descriptor]?.next += stream.gap
        give(EventStream.event(time) + (stream.left == 1 ? EventStream.end : []), on: descriptor)
    }

    private func give(_ bytes: [UInt8], on descriptor: Int32) {
        let waited = streams[descriptor]?.unsent ?? []
        let all = waited + bytes
        let rest = Array(all.dropFirst(Loopback.send(all, on: descriptor)))
        streams[descriptor]?.unsent = rest
        if waited.isEmpty != rest.isEmpty { poller.wantsToWrite(descriptor, !rest.isEmpty) }
    }
}
