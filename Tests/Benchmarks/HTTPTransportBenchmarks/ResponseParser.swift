/// Reads one response of HTTP/1.1 after the other, as far as it must to know where each ends and which events it has.
struct ResponseParser {
    enum Outcome { case more, complete, failed }

    private enum State { case head, sized, chunkSize, chunk, chunkEnd, trailer }
    private var state = State.head
    private var line: [UInt8] = []
    private var left = 0
    private var isChunked = false
    private(set) var status = 0
    /// When the events of this response were sent that arrived since the last ``takeEvents()``.
    private var events: [UInt64] = []

    mutating func takeEvents() -> [UInt64] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// Bytes behind the end of a response count as a failure: nothing is sent ahead here.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        var index = 0
        while index < bytes.count {
            switch state {
            case .sized, .chunk:
                let count = min(left, bytes.count - index)
                if state == .chunk { body(UnsafeRawBufferPointer(rebasing: bytes[index..<index + count])) }
                index += count
                left -= count
                guard left == 0 else { continue }
                if state == .sized { return end(index == bytes.count) }
                state = .chunkEnd
            case .head, .chunkSize, .chunkEnd, .trailer:
                let byte = bytes[index]
                index += 1
                guard byte == UInt8(ascii: "\n") else {
                    if byte != UInt8(ascii: "\r") { line.append(byte) }
                    continue
                }
                if let outcome = endLine(isLast: index == bytes.count) { return outcome }
            }
        }
        return .more
    }

    private mutating func endLine(isLast: Bool) -> Outcome? {
        defer { line.removeAll(keepingCapacity: true) }
        switch state {
        case .head:
            guard line.isEmpty else {
                readHeadLine()
                return nil
            }
            if isChunked {
                state = .chunkSize
            } else if left == 0 {
                return end(isLast)
            } else {
                state = .sized
            }
        case .chunkSize:
            guard let size = Int(String(decoding: line, as: UTF8.self), radix: 16) else { return .failed }
            left = size
            state = size == 0 ? .trailer : .chunk
        case .chunkEnd: state = .chunkSize
        case .trailer: if line.isEmpty { return end(isLast) }
        case .sized, .chunk: break
        }
        return nil
    }

    private mutating func readHeadLine() {
        let text = String(decoding: line, as: UTF8.self).lowercased()
        if text.hasPrefix("http/1.1 ") {
            status = Int(text.dropFirst(9).prefix(3)) ?? 0
        } else if text.hasPrefix("content-length:") {
            left = Int(text.dropFirst(15).filter { $0 != " " }) ?? 0
        } else if text.hasPrefix("transfer-encoding:") {
            isChunked = true
        }
    }

    private mutating func end(_ isLast: Bool) -> Outcome {
        let events = events
        let status = status
        self = ResponseParser()
        self.events = events
        self.status = status
        return isLast && status == 200 ? .complete : .failed
    }

    // MARK: Events

    private var column = 0
    private var time: UInt64 = 0
    private var isMarked = true

    /// A line `data: {"sent":00000001234567890123,…`: the mark, then twenty digits.
    private mutating func body(_ bytes: UnsafeRawBufferPointer) {
        let mark = EventStream.mark
        var index = 0
        while index < bytes.count {
            guard isMarked else {
                // The rest of a line, which is most of it.
                guard let rest = UnsafeRawBufferPointer(rebasing: bytes[index...]).firstIndex(of: UInt8(ascii: "\n"))
                else { return }
                index += rest + 1
                (column, time, isMarked) = (0, 0, true)
                continue
            }
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\n") {
                (column, time) = (0, 0)
                continue
            }
            if column < mark.count {
                isMarked = byte == mark[column]
            } else if column < mark.count + 20 {
                time = time &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
            } else {
                events.append(time)
                isMarked = false
            }
            column += 1
        }
    }
}
