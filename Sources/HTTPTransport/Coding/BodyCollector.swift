import NIOCore
import NIOHTTP1

/// Puts a request's body together within its limit, decompressed.
struct BodyCollector {
    private let maximumBytes: Int
    private let decoder: ContentDecoder?
    /// What the head declares; one allocation then serves a body that comes in pieces.
    private let declaredBytes: Int
    private(set) var body = ByteBuffer()

    /// - Parameter maximumBytes: of the body once decompressed.
    init(maximumBytes: Int, declaredBytes: Int = 0, coding: ContentCoding = .identity) {
        self.maximumBytes = maximumBytes
        self.declaredBytes = declaredBytes
        decoder = coding == .identity ? nil : ContentDecoder(coding, maximumBytes: maximumBytes)
    }

    mutating func received(_ bytes: ByteBuffer) throws(ContentCodingFault) {
        if let decoder {
            try decoder.give(bytes)
            while let piece = try decoder.next() { append(piece) }
            return
        }
        guard bytes.readableBytes <= maximumBytes - body.readableBytes else { throw .tooLarge }
        append(bytes)
    }

    /// The body has ended.
    func finish() throws(ContentCodingFault) {
        try decoder?.finish()
    }

    private mutating func append(_ bytes: ByteBuffer) {
        if body.readableBytes == 0 {
            // The common case: the body came in one piece and needs no copy, unless it would hold much of the read's memory
            // that nobody counts.
            let isSparse = bytes.storageCapacity > 2 * bytes.readableBytes + 4_096
            body = isSparse ? ByteBuffer(bytes: bytes.readableBytesView) : bytes
        } else {
            body.reserveCapacity(declaredBytes)
            body.writeImmutableBuffer(bytes)
        }
    }

    /// The coding of a request's content, whose fields are removed with it: they no longer describe the body.
    ///
    /// - Throws: ``ContentCodingFault/unsupported``.
    static func takeCoding(from headers: inout HTTPHeaders) throws(ContentCodingFault) -> ContentCoding {
        let coding = try ContentCoding.stated(in: headers)
        headers.remove(name: "content-encoding")
        if coding != .identity { headers.remove(name: "content-length") }
        return coding
    }
}
