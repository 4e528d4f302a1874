/// Header compression (RFC 7541).
enum HPACKCases {
    private static let block = FieldBlock.request()
    private static let broken = Outcome.connectionError([.compressionError])
    // Names and values in Huffman coding: "x-test", "h2spec", "user-agent".
    private static let xTest: [UInt8] = [0x85, 0xf2, 0xb2, 0x4a, 0x84, 0xff]
    private static let h2spec: [UInt8] = [0x84, 0x9c, 0x48, 0xac, 0xa4]
    private static let userAgent: [UInt8] = [0x87, 0xb5, 0x05, 0xb1, 0x61, 0xcc, 0x5a, 0x93]
    private static let plainXTest: [UInt8] = [0x06] + Array("x-test".utf8)
    private static let plainH2spec: [UInt8] = [0x06] + Array("h2spec".utf8)

    static let all = good + indices + tableSizes + strings + integers

    static let good: [ConformanceCase] = [
        behind("HPACK 6.1 an indexed field is taken", .answer(), [0xba]),
        .init(
            "HPACK 6.1 the static table's pseudo-headers are taken", .answer(),
            block: [0x82, 0x86, 0x84, 0x41, 0x09] + Array("localhost".utf8)),
        behind("HPACK 6.2.1 an indexed literal with an indexed name is taken", .answer(), [0x7a] + plainH2spec),
        behind("HPACK 6.2.1 an indexed literal is taken", .answer(), [0x40] + plainXTest + plainH2spec),
        behind("HPACK 6.2.1 an indexed literal in Huffman coding is taken", .answer(), [0x40] + xTest + h2spec),
        behind("HPACK 6.2.2 a literal with an indexed name is taken", .answer(), [0x0f, 0x2b] + plainH2spec),
        behind("HPACK 6.2.2 a literal is taken", .answer(), [0x00] + plainXTest + plainH2spec),
        behind("HPACK 6.2.2 a literal in Huffman coding is taken", .answer(), [0x00] + userAgent + h2spec),
        behind("HPACK 6.2.3 a never indexed literal with an indexed name is taken", .answer(), [0x1f, 0x2b] + h2spec),
        behind("HPACK 6.2.3 a never indexed literal is taken", .answer(), [0x10] + xTest + h2spec),
        behind("HPACK 2.3.2 a field enters the table within a block", .answer(), [0x40] + xTest + h2spec + [0xbe]),
        .init(
            "HPACK 2.3.2 a field enters the table for later blocks", .answer(stream: 3),
            .headers(1, block + [0x40] + xTest + h2spec), .headers(3, block + [0xbe])),
        before("HPACK 6.3 a table size update is taken", .answer(), [0x2a]),
        before("HPACK 6.3 two table size updates are taken", .answer(), [0x20, 0x3f, 0xe1, 0x1f]),
        before("HPACK 4.2 a table of size 0 is taken", .answer(), [0x20]),
        .init(
            "HPACK 4.4 a field larger than the table empties it", .answer(),
            block:
                block + FieldBlock.indexedLiteral("x-a", "1")
                + FieldBlock.indexedLiteral("x-big", String(repeating: "a", count: 4_200))),
    ]

    static let indices: [ConformanceCase] = [
        behind("HPACK 6.1 index 0 is refused", broken, [0x80]),
        behind("HPACK 2.3.3 an index behind both tables is refused", broken, [0xc6]),
        behind("HPACK 2.3.3 the first index of an empty table is refused", broken, [0xbe]),
        behind("HPACK 2.3.3 a literal's name behind both tables is refused", broken, [0x7f, 0x07, 0x00]),
        behind(
            "HPACK 2.3.3 a field that a larger one drove out is refused", broken,
            FieldBlock.indexedLiteral("x-a", "1")
                + FieldBlock.indexedLiteral("x-big", String(repeating: "a", count: 4_200)) + [0xbe]),
        behind("HPACK 2.3.3 the highest index is refused", broken, [0xff, 0xff, 0xff, 0xff, 0xff, 0x07]),
    ]

    static let tableSizes: [ConformanceCase] = [
        .init(
            "HPACK 6.3 a table larger than allowed is refused", broken,
            steps: [
                .framesFor { settings in
                    [
                        .headers(
                            1, FieldBlock.tableSizeUpdate(Int(settings[Setting.headerTableSize] ?? 4_096) + 1) + block)
                    ]
                }
            ]),
        behind("HPACK 4.2 a table size update at a block's end is refused", broken, [0x21]),
        .init(
            "HPACK 4.2 a table size update between fields is refused", broken,
            block: FieldBlock.literal(":method", "GET") + [0x20] + block),
        before("HPACK 6.3 a table of 2^31 is refused", broken, [0x3f, 0xe1, 0xff, 0xff, 0xff, 0x07]),
        .init(
            "HPACK 6.3 a smaller table forgets its fields", broken,
            .headers(1, block + FieldBlock.indexedLiteral("x-a", "1")), .headers(3, [0x20] + block + [0xbe])),
    ]

    static let strings: [ConformanceCase] = [
        behind(
            "HPACK 5.2 Huffman padding longer than 7 bits is refused", broken,
            [0x00] + xTest + [0x84, 0x49, 0x50, 0x9f, 0xff]),
        behind("HPACK 5.2 Huffman padding of zeros is refused", broken, [0x00] + xTest + [0x83, 0x49, 0x50, 0x90]),
        behind(
            "HPACK 5.2 EOS inside a Huffman string is refused", broken,
            [0x00] + xTest + [0x87, 0x49, 0x51, 0xff, 0xff, 0xff, 0xfa, 0x7f]),
        behind("HPACK 5.2 a string longer than its block is refused", broken, [0x00] + plainXTest + [0x20, 0x61]),
        behind("HPACK 5.2 a name longer than its block is refused", broken, [0x00, 0x7f, 0x80, 0x01]),
        behind("HPACK 5.2 a literal without its value is refused", broken, [0x00] + plainXTest),
        behind("HPACK 5.2 a literal without its name is refused", broken, [0x40]),
        behind("HPACK 5.2 a Huffman string of padding alone is refused", broken, [0x00] + xTest + [0x82, 0xff, 0xff]),
    ]

    static let integers: [ConformanceCase] = [
        behind(
            "HPACK 5.1 an index of endless continuation is refused", broken,
            [0xff] + Array(repeating: 0xff, count: 20) + [0x01]),
        behind(
            "HPACK 5.1 an index that overflows 64 bits is refused", broken,
            [0xff] + Array(repeating: 0x80, count: 10) + [0x7f]),
        behind(
            "HPACK 5.1 a length that overflows 32 bits is refused", broken,
            [0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        behind("HPACK 5.1 a truncated integer is refused", broken, [0xff]),
        behind("HPACK 5.1 a truncated continuation is refused", broken, [0xff, 0x80]),
        before(
            "HPACK 5.1 a table size that overflows is refused", broken,
            [0x3f] + Array(repeating: 0xff, count: 10) + [0x01]),
    ]

    private static func behind(_ name: String, _ outcome: Outcome, _ bytes: [UInt8]) -> ConformanceCase {
        ConformanceCase(name, outcome, block: block + bytes)
    }

    private static func before(_ name: String, _ outcome: Outcome, _ bytes: [UInt8]) -> ConformanceCase {
        ConformanceCase(name, outcome, block: bytes + block)
    }
}
