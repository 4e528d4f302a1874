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
    private var event = EventStream.event
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
        flush(descriptor)
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
        streams[descriptor] = Stream(left: events, gap: gap, next: now)
        give(EventStream.head, on: descriptor)
        busy.append(descriptor)
        sendDue(descriptor)
    }

    private func sendDue(_ descriptor: Int32) {
        guard let slot = streams.index(forKey: descriptor), case let stream = streams.values[slot],
            stream.left > 0, stream.unsent.isEmpty
        else { return }
        let time = now
        guard stream.next <= time else { return }
        streams.values[slot].left -= 1
        streams.values[slot].next += stream.gap
        EventStream.stamp(&event, time)
        give(event, on: descriptor)
        if stream.left == 1 { give(EventStream.end, on: descriptor) }
    }

    private func give(_ bytes: [UInt8], on descriptor: Int32) {
        guard let slot = streams.index(forKey: descriptor) else { return }
        guard streams.values[slot].unsent.isEmpty else {
            streams.values[slot].unsent += bytes
            return
        }
        let sent = Loopback.send(bytes, on: descriptor)
        guard sent < bytes.count else { return }
        streams.values[slot].unsent = Array(bytes[sent...])
        poller.wantsToWrite(descriptor, true)
    }

    /// Goes on with what the reader had no place for.
    private func flush(_ descriptor: Int32) {
        guard let slot = streams.index(forKey: descriptor), !streams.values[slot].unsent.isEmpty else { return }
        streams.values[slot].unsent.removeFirst(Loopback.send(streams.values[slot].unsent, on: descriptor))
        if streams.values[slot].unsent.isEmpty { poller.wantsToWrite(descriptor, false) }
    }
}
