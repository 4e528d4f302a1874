import NIOCore

@testable import HTTPTransport

/// Compressed content: the first byte chooses the coding, the rest is content.
///
/// Promises: nothing traps; what is decompressed stays within its bounds and does not depend on how the content is cut;
/// what was compressed here decompresses to itself.
enum CodingFuzzer {
    private static let maximumBytes = 1 << 20

    @Sendable static func run(_ input: [UInt8]) {
        guard let choice = input.first else { return }
        let coding = ContentCoding.allCases[Int(choice) % ContentCoding.allCases.count]
        let content = Array(input.dropFirst())
        let whole = decoded(Delivery.whole.reads(of: content), coding)
        for delivery in [Delivery.byteByByte, .pieces] {
            let cut = decoded(delivery.reads(of: content), coding)
            expect(
                whole.fault == cut.fault && (whole.fault != nil || whole.bytes == cut.bytes),
                "the content depends on how it was cut\n--- one\n\(whole)\n--- other\n\(cut)")
        }
        checkRoundTrip(content, coding)
    }

    private static func decoded(_ reads: [ByteBuffer], _ coding: ContentCoding) -> (bytes: [UInt8], fault: String?) {
        let decoder = ContentDecoder(coding, maximumBytes: maximumBytes)
        var bytes: [UInt8] = []
        do {
            for read in reads {
                try decoder.give(read)
                while let piece = try decoder.next() {
                    expect(piece.readableBytes <= ContentDecoder.pieceBytes, "a piece is too large")
                    bytes.append(contentsOf: piece.readableBytesView)
                    expect(bytes.count <= maximumBytes, "more bytes than allowed")
                }
            }
            try decoder.finish()
            return (bytes, nil)
        } catch {
            return (bytes, "\(error)")
        }
    }

    private static func checkRoundTrip(_ content: [UInt8], _ coding: ContentCoding) {
        guard let encoder = ContentEncoder(coding) else { return }
        do {
            let half = content.count / 2
            let first = try encoder.flush(ByteBuffer(bytes: content[..<half]))
            let last = try encoder.finish(ByteBuffer(bytes: content[half...]))
            let back = decoded([first, last], coding)
            expect(back.fault == nil && back.bytes == content, "compressed content does not come back: \(back)")
        } catch {
            fatalError("content does not compress: \(error)")
        }
    }
}
