internal import NIOCore

/// Splits a miner's byte stream into server-sent events (WHATWG HTML, section 9.2) and gives their data.
///
/// Lines may end in LF, CRLF or CR. A miner is a stranger: an event longer than ``maximumEventBytes`` ends the stream.
struct EventStreamParser {
    static let maximumEventBytes = 1 << 20
    /// May stand before the first line, and is no part of it.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var isFirstLine = true
    private var endedWithCR = false

    /// - Returns: the data of each event that `chunk` completes, comments and other fields left out.
    mutating func parse(_ chunk: ByteBuffer) throws(DispatchError) -> [[UInt8]] {
        var events: [[UInt8]] = []
        for byte in chunk.readableBytesView {
            switch byte {
            case 0x0A where endedWithCR: endedWithCR = false
            case 0x0A, 0x0D:
                endedWithCR = byte == 0x0D
                endLine(into: &events)
            default:
                endedWithCR = false
                guard line.count + data.count < Self.maximumEventBytes else {
                    throw DispatchError(.answerTooLarge, "A streamed event is longer than 1 MiB")
                }
                line.append(byte)
            }
        }
        return events
    }

    private mutating func endLine(into events: inout [[UInt8]]) {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: Self.byteOrderMark) { line.removeFirst(Self.byteOrderMark.count) }
        }
        if line.isEmpty {
            if hasData { events.append(data) }
            data.removeAll(keepingCapacity: true)
            hasData = false
        } else if line.starts(with: "data:".utf8) || line.elementsEqual("data".utf8) {
            if hasData { data.append(0x0A) }
            data.append(contentsOf: line.dropFirst(line.count > 5 && line[5] == 0x20 ? 6 : 5))
            hasData = true
        }
    }
}
