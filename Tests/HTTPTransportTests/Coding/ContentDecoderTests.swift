import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

/// Compressed content from other programs.
enum CompressedVectors {
    static let codings: [ContentCoding] = [.gzip, .deflate, .brotli, .zstd]
    static let text = "{\"hello\":\"" + String(repeating: "world ", count: 20) + "\"}"

    /// Of Python's zlib and gzip and of zstd's command line.
    static let all: [(coding: ContentCoding, bytes: [UInt8])] = [
        (
            .gzip,
            [
                31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 72, 205, 201, 201, 87, 178, 82, 42, 207, 47, 202, 73, 81,
                160, 63, 169, 84, 11, 0, 27, 154, 107, 122, 132, 0, 0, 0,
            ]
        ),
        (
            .deflate,
            [
                120, 156, 171, 86, 202, 72, 205, 201, 201, 87, 178, 82, 42, 207, 47, 202, 73, 81, 160, 63, 169, 84, 11,
                0, 207, 210, 49, 111,
            ]
        ),
        (
            .deflate,
            [171, 86, 202, 72, 205, 201, 201, 87, 178, 82, 42, 207, 47, 202, 73, 81, 160, 63, 169, 84, 11, 0]
        ),
        (
            .zstd,
            [
                40, 181, 47, 253, 4, 88, 205, 0, 0, 144, 123, 34, 104, 101, 108, 108, 111, 34, 58, 34, 119, 111, 114,
                108, 100, 32, 34, 125, 1, 0, 94, 210, 178, 4, 27, 17, 207, 89,
            ]
        ),
    ]
}

@Suite("Content decoder") struct ContentDecoderTests {
    /// Decodes `pieces`, ended; every piece that comes out is within its bound.
    private func decode(
        _ pieces: [ByteBuffer], _ coding: ContentCoding, _ limits: ContentDecoder.Limits
    ) throws -> ByteBuffer {
        let decoder = ContentDecoder(coding, limits: limits)
        var all = ByteBuffer()
        for piece in pieces {
            try decoder.give(piece)
            while let next = try decoder.next() {
                #expect(next.readableBytes <= ContentDecoder.pieceBytes)
                all.writeImmutableBuffer(next)
            }
        }
        try decoder.finish()
        return all
    }

    private func bytewise(_ bytes: ByteBuffer) -> [ByteBuffer] {
        bytes.readableBytesView.map { ByteBuffer(bytes: [$0]) }
    }

    @Test("reads what other programs write, whole and a byte at a time", arguments: CompressedVectors.all)
    func vectors(coding: ContentCoding, bytes: [UInt8]) throws {
        for pieces in [[ByteBuffer(bytes: bytes)], bytewise(ByteBuffer(bytes: bytes))] {
            let decoded = try decode(pieces, coding, .init(maximumBytes: CompressedVectors.text.utf8.count))
            #expect(String(buffer: decoded) == CompressedVectors.text)
        }
    }

    @Test("refuses content that is cut short at any byte, or followed by one more", arguments: CompressedVectors.all)
    func cutShort(coding: ContentCoding, bytes: [UInt8]) {
        for count in bytes.indices {
            #expect(throws: ContentCodingFault.malformed, "\(count)") {
                try decode([ByteBuffer(bytes: bytes.prefix(count))], coding, .init(maximumBytes: 1_000))
            }
        }
        for extra in [[0], bytes] {
            #expect(throws: ContentCodingFault.malformed) {
                try decode([ByteBuffer(bytes: bytes + extra)], coding, .init(maximumBytes: 1_000))
            }
            #expect(throws: ContentCodingFault.malformed) {
                try decode(
                    [ByteBuffer(bytes: bytes), ByteBuffer(bytes: extra)], coding, .init(maximumBytes: 1_000))
            }
        }
    }

    @Test("refuses zstd's first formats and its empty frames, whole and a byte at a time")
    func otherFrames() {
        for bytes: [UInt8] in [[0x27, 0xB5, 0x2F, 0xFD, 0, 2, 0xFF, 0, 0x78], [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]] {
            for pieces in [[ByteBuffer(bytes: bytes)], bytewise(ByteBuffer(bytes: bytes))] {
                #expect(throws: ContentCodingFault.malformed) { try decode(pieces, .zstd, .init(maximumBytes: 1_000)) }
            }
        }
    }

    @Test("refuses or bounds damaged content, whichever bit it is", arguments: CompressedVectors.all)
    func damaged(coding: ContentCoding, bytes: [UInt8]) {
        for bit in 0..<bytes.count * 8 {
            var bytes = bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let decoded = try? decode([ByteBuffer(bytes: bytes)], coding, .init(maximumBytes: 1_000))
            #expect(decoded?.readableBytes ?? 0 <= 1_000)
        }
    }

    @Test("takes exactly the limit and not one byte more", arguments: ContentCoding.allCases)
    func limit(coding: ContentCoding) throws {
        let content = ByteBuffer(string: String((0..<6_000).flatMap { "\($0 &* 7_919 % 30_011)," }))
        let encoded = try ContentEncoder(coding)?.finish(content) ?? content
        let size = content.readableBytes
        #expect(try decode([encoded], coding, .init(maximumBytes: size)) == content)
        #expect(try decode(bytewise(encoded), coding, .init(maximumBytes: size)) == content)
        for limit in [size - 1, size / 2, 1, 0, -1] {
            #expect(throws: ContentCodingFault.tooLarge) {
                try decode([encoded], coding, .init(maximumBytes: limit))
            }
        }
    }

    @Test("stops a bomb at the ratio, before the limit", arguments: CompressedVectors.codings)
    func bomb(coding: ContentCoding) throws {
        let encoder = try #require(ContentEncoder(coding))
        let megabyte = ByteBuffer(repeating: 0, count: 1_024 * 1_024)
        var encoded = ByteBuffer()
        for _ in 0..<32 { encoded.writeImmutableBuffer(try encoder.flush(megabyte)) }
        encoded.writeImmutableBuffer(try encoder.finish())
        let decoder = ContentDecoder(coding, limits: .init(maximumBytes: 1 << 40, maximumRatio: 100))
        var decoded = 0
        #expect(throws: ContentCodingFault.tooLarge) {
            try decoder.give(encoded)
            while let piece = try decoder.next() { decoded += piece.readableBytes }
        }
        #expect(decoded < encoded.readableBytes * 101 + 1_024 * 1_024)
    }

    @Test("stops content that decompresses to nothing for ever")
    func nothing() throws {
        let decoder = ContentDecoder(.deflate, maximumBytes: 1_000)
        try decoder.give(ByteBuffer(bytes: [0x78, 0x9c]))
        let empty = ByteBuffer(bytes: (0..<1_000).flatMap { _ in [0, 0, 0, 0xff, 0xff] as [UInt8] })
        #expect(throws: ContentCodingFault.tooLarge) {
            for _ in 0..<1_000 {
                try decoder.give(empty)
                while try decoder.next() != nil {}
            }
        }
    }

    @Test(
        "knows one coding, by any of its names",
        arguments: [
            ([], .identity), (["gzip"], .gzip), (["X-GZIP"], .gzip), (["Deflate "], .deflate), (["br"], .brotli),
            (["zstd"], .zstd), (["identity"], .identity), (["brotli"], nil), (["gzip, gzip"], nil),
            (["gzip", "gzip"], nil), ([""], nil), (["compress"], nil),
        ] as [([String], ContentCoding?)])
    func stated(values: [String], coding: ContentCoding?) {
        let headers = values.map { ("Content-Encoding", $0) }
        #expect((try? ContentCoding.stated(in: .init(headers))) == coding)
    }
}

@Suite("Content encoder") struct ContentEncoderTests {
    @Test("each flushed piece can be read at once; the encoder serves again", arguments: CompressedVectors.codings)
    func pieces(coding: ContentCoding) throws {
        let encoder = try #require(ContentEncoder(coding))
        for _ in 0..<3 {
            let decoder = ContentDecoder(coding, maximumBytes: 10_000_000)
            for size in [1, 10, 0, 5_000, 200_000, 3] {
                let piece = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
                try decoder.give(try encoder.flush(piece))
                var decoded = ByteBuffer()
                while let next = try decoder.next() { decoded.writeImmutableBuffer(next) }
                #expect(decoded == piece)
            }
            try decoder.give(try encoder.finish())
            #expect(try decoder.next() == nil)
            try decoder.finish()
        }
    }

    @Test("compresses text", arguments: CompressedVectors.codings)
    func ratio(coding: ContentCoding) throws {
        let text = ByteBuffer(string: (0..<500).map { "{\"index\":\($0),\"object\":\"embedding\"}" }.joined())
        let encoded = try #require(ContentEncoder(coding)).finish(text)
        #expect(encoded.readableBytes * 4 < text.readableBytes)
    }
}
