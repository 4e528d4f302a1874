import JSON
import NIOCore

@testable import Subnets

/// The parser of miners' event streams and text streams.
///
/// Promises: nothing traps; the events, and what they say, do not depend on how the bytes are cut; the events are those
/// of an independent reading of WHATWG HTML, section 9.2.6.
enum EventStreamFuzzer {
    @Sendable static func run(_ input: [UInt8]) {
        let whole = events(in: Delivery.whole.reads(of: input))
        expectEqual(whole, reference(input), "the events are not those of the standard")
        let events = answer(in: Delivery.whole.reads(of: input), ChatStreamDecoder.events(EventStreamParser(), .init()))
        let text = answer(in: Delivery.whole.reads(of: input), .text(UTF8Assembler()))
        for delivery in [Delivery.byteByByte, .pieces] {
            let reads = delivery.reads(of: input)
            expectEqual(whole, self.events(in: reads), "the events depend on how the stream was cut")
            let cut = answer(in: reads, .events(EventStreamParser(), .init()))
            expect(
                cut.error == events.error && cut.content.hasPrefix(events.content),
                "the answer depends on how the stream was cut\n--- one\n\(events)\n--- other\n\(cut)")
            expectEqual(text, answer(in: reads, .text(UTF8Assembler())), "the text depends on how it was cut")
        }
        expectEqual(text.content, String(decoding: input, as: UTF8.self) + "[stop]", "the text is not what was sent")
    }

    private struct Answer: Equatable {
        var content = ""
        var error: String?
    }

    private static func events(in reads: [ByteBuffer]) -> [[UInt8]] {
        var parser = EventStreamParser()
        var events: [[UInt8]] = []
        for bytes in reads {
            do { events += try parser.parse(bytes) } catch { fatalError("a short stream is too long: \(error)") }
        }
        return events
    }

    private static func answer(in reads: [ByteBuffer], _ decoder: ChatStreamDecoder) -> Answer {
        var decoder = decoder
        var answer = Answer()
        do {
            for bytes in reads {
                for delta in try decoder.decode(bytes) { add(delta, to: &answer) }
            }
            add(try decoder.finish(), to: &answer)
        } catch {
            answer.error = error.message
        }
        return answer
    }

    private static func add(_ delta: CompletionDelta, to answer: inout Answer) {
        answer.content += delta.content
        if let calls = delta.toolCalls { answer.content += "<\(calls.readableBytesView.count)>" }
        if let reason = delta.finishReason { answer.content += "[\(reason.rawValue)]" }
    }

    /// Lines first, then fields: slower than the parser, and written apart from it.
    private static func reference(_ input: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var index = 0
        while index < input.count {
            let byte = input[index]
            if byte == 0x0d || byte == 0x0a {
                lines.append(line)
                line = []
                if byte == 0x0d, index + 1 < input.count, input[index + 1] == 0x0a { index += 1 }
            } else {
                line.append(byte)
            }
            index += 1
        }
        var events: [[UInt8]] = []
        var data: [[UInt8]] = []
        for (number, var line) in lines.enumerated() {
            if number == 0, line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
            if line.isEmpty {
                if !data.isEmpty { events.append(Array(data.joined(separator: [0x0a]))) }
                data = []
                continue
            }
            let colon = line.firstIndex(of: 0x3a) ?? line.endIndex
            guard Array(line[..<colon]) == Array("data".utf8) else { continue }
            var value = line[colon...].dropFirst()
            if value.first == 0x20 { value = value.dropFirst() }
            data.append(Array(value))
        }
        return events
    }
}
