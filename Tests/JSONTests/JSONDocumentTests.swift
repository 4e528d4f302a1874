import JSON
import NIOCore
import Testing

@Suite("JSON documents") struct JSONDocumentTests {
    @Test("finds members, elements and scalars")
    func reads() throws {
        let document = try JSONDocument(
            parsing: #" {"a":[1,-2.5e3,true,null,"x\n\u00e9\ud83d\ude00"],"b":{"c":"d"},"a2":{}} "#)
        let root = document.root
        let list = try #require(root["a"])
        #expect(Array(list.elements.map(\.kind)) == [.number, .number, .bool, .null, .string])
        #expect(list.elements.first { $0.kind == .string }?.string == "x\né😀")
        #expect(list.elements.map(\.double)[1] == -2500)
        #expect(root["b"]?["c"]?.string == "d")
        #expect(root["nothing"] == nil && list["a"] == nil)
        #expect(root.members.map(\.name) == ["a", "b", "a2"])
        #expect(root["b"].map { String(buffer: $0.rawBytes) } == #"{"c":"d"}"#)
        #expect(root["b"]?["c"].map { String(buffer: $0.rawBytes) } == #""d""#)
    }

    @Test("takes the last of duplicate members")
    func duplicates() throws {
        #expect(try JSONDocument(parsing: #"{"a":1,"\u0061":2}"#).root["a"]?.int == 2)
    }

    @Test(
        "gives an integer only where the text is one that fits",
        arguments: [
            ("0", 0), ("-9223372036854775808", Int.min), ("9223372036854775807", Int.max), ("9223372036854775808", nil),
            ("1.0", nil), ("1e3", nil), ("\"1\"", nil),
        ] as [(String, Int?)])
    func integers(text: String, value: Int?) throws {
        #expect(try JSONDocument(parsing: text).root.int == value)
    }

    @Test("gives no infinite number") func infinite() throws {
        #expect(try JSONDocument(parsing: "1e400").root.double == nil)
    }

    @Test(
        "refuses what is not JSON",
        arguments: [
            "", " ", "{", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "01", "-", "1.", "1e", "+1", "nul", "tru",
            "\"\\x\"", "\"\\u12g4\"", "\"", "\"\u{01}\"", "[1]]", "{}{}", "'a'", "NaN", "\u{FEFF}{}", "[\"a\",]",
            "{\"a\":1,}",
        ])
    func malformed(text: String) {
        #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }
    }

    @Test(
        "refuses strings that are not UTF-8",
        arguments: [
            [0x80], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x9F, 0x98],
            [0xFF],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONDocument(parsing: ByteBuffer(bytes: [0x22] + bytes + [0x22])) }
    }

    @Test("bounds depth and count") func bounds() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(performing: { try JSONDocument(parsing: deep) }, throws: { ($0 as? JSONError)?.code == .tooDeep })
        var limits = JSONLimits()
        limits.maximumValues = 10
        let wide = "[" + Array(repeating: "1", count: 10).joined(separator: ",") + "]"
        #expect(
            performing: { try JSONDocument(parsing: wide, limits: limits) },
            throws: { ($0 as? JSONError)?.code == .tooManyValues })
    }

    @Test("lone surrogates decode to the replacement character") func surrogates() throws {
        #expect(try JSONDocument(parsing: #""\ud800x""#).root.string == "\u{FFFD}x")
        #expect(try JSONDocument(parsing: #""\udc00""#).root.string == "\u{FFFD}")
    }

    @Test("survives mutated texts") func mutations() {
        let seed = Array(#"{"a":[1,-2.5e3,true,null,"x\n\u00e9\ud83d\ude00é"],"b":{"c":"d"}}"#.utf8)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0...bytes.count / 4, using: &generator))
            guard let document = try? JSONDocument(parsing: ByteBuffer(bytes: bytes)) else { continue }
            walk(document.root)
        }
    }

    private func walk(_ element: JSONElement) {
        _ = (element.string, element.int, element.double, element.rawBytes)
        for (_, value) in element.members { walk(value) }
        for value in element.elements { walk(value) }
    }
}

@Suite("JSON writer") struct JSONWriterTests {
    @Test("writes what the parser reads back") func roundTrip() throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("text", "a\"\\\n\u{01}é")
        writer.name("list")
        writer.beginArray()
        writer.int(1)
        writer.double(0.5)
        writer.bool(false)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.member("raw", raw: ByteBuffer(string: "[1]"))
        writer.endObject()
        #expect(String(buffer: writer.buffer) == #"{"text":"a\"\\\n\u0001é","list":[1,0.5,false,null,{}],"raw":[1]}"#)
        #expect(try JSONDocument(parsing: writer.buffer).root["text"]?.string == "a\"\\\n\u{01}é")
    }
}
