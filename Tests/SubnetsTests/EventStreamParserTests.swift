import NIOCore
import Testing

@testable import Subnets

@Suite("Event stream parser") struct EventStreamParserTests {
    @Test(
        "reads events with any line ending and any cut",
        arguments: [
            "data: a\n\ndata:b\n\n", "data: a\r\n\r\ndata:b\r\n\r\n", "data: a\r\rdata:b\r\r",
            ": comment\n\nevent: x\nid: 1\ndata: a\n\nretry: 5\ndata:b\n\n",
        ])
    func lineEndings(text: String) throws {
        for size in 1...7 {
            var parser = EventStreamParser()
            var events: [String] = []
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                let chunk = ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])
                events += try parser.parse(chunk).map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(events == ["a", "b"])
        }
    }

    @Test("takes a byte-order mark for no part of the first line, and only there", arguments: [1, 2, 20])
    func byteOrderMark(size: Int) throws {
        var parser = EventStreamParser()
        var events: [String] = []
        let bytes = Array("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\ndata\n\n".utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let chunk = ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])
            events += try parser.parse(chunk).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(events == ["a", ""])
    }

    @Test("joins data lines of one event") func multipleLines() throws {
        var parser = EventStreamParser()
        #expect(try parser.parse(ByteBuffer(string: "data: a\ndata: b\n\n")) == [Array("a\nb".utf8)])
    }

    @Test("refuses an event without end") func endless() throws {
        var parser = EventStreamParser()
        let chunk = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 19)
        _ = try parser.parse(chunk)
        _ = try parser.parse(chunk)
        #expect(throws: DispatchError.self) { try parser.parse(chunk) }
    }
}

@Suite("UTF-8 assembler") struct UTF8AssemblerTests {
    @Test("never cuts a code point", arguments: 1...5) func cuts(size: Int) {
        let text = "aé漢😀z"
        var assembler = UTF8Assembler()
        var pieces: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            pieces.append(assembler.append(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])))
        }
        pieces.append(assembler.finish())
        #expect(pieces.joined() == text)
        #expect(pieces.allSatisfy { !$0.contains("\u{FFFD}") })
    }

    @Test("replaces what is no UTF-8") func invalid() {
        var assembler = UTF8Assembler()
        #expect(assembler.append(ByteBuffer(bytes: [0x61, 0xFF, 0x62])) == "a\u{FFFD}b")
        #expect(assembler.append(ByteBuffer(bytes: [0xE6, 0xBC])) == "")
        #expect(assembler.finish() == "\u{FFFD}")
    }
}
