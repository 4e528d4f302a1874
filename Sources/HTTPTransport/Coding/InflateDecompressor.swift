import CZlib

/// `gzip` and `deflate` by zlib.
///
/// zlib keeps a pointer to its `z_stream`, which therefore has memory of its own. About 40 KiB each.
final class InflateDecompressor: Decompressor {
    enum Format { case gzip, deflate }

    private let format: Format
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var isOpen = false

    init(_ format: Format) {
        self.format = format
        stream.initialize(to: z_stream())
    }

    deinit {
        if isOpen { inflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    func run(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ContentCodingFault) -> (produced: Int, isAtEnd: Bool) {
        try open(firstByte: input.first)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(clamping: output.count)
        let offered = Int(stream.pointee.avail_in)
        let room = Int(stream.pointee.avail_out)
        let code = inflate(stream, Z_NO_FLUSH)
        input = UnsafeRawBufferPointer(rebasing: input.dropFirst(offered - Int(stream.pointee.avail_in)))
        let produced = room - Int(stream.pointee.avail_out)
        switch code {
        // Without input or room zlib reports that it could not go on, which is no fault.
        case Z_OK, Z_BUF_ERROR: return (produced, false)
        case Z_STREAM_END: return (produced, true)
        default: throw .malformed
        }
    }

    /// The first byte of zlib's format names method 8 and a window of at most 32 KiB; one that does is not a deflate
    /// block that any compressor writes (RFC 1950, section 2.2; RFC 1951, section 3.2.3).
    private func open(firstByte: UInt8?) throws(ContentCodingFault) {
        guard !isOpen, let firstByte else { return }
        let hasHeader = firstByte & 0x0f == 8 && firstByte >> 4 <= 7
        let windowBits: Int32 = format == .gzip ? 16 + 15 : hasHeader ? 15 : -15
        guard thalamus_inflate_init(stream, windowBits) == Z_OK else { throw .malformed }
        isOpen = true
    }
}
