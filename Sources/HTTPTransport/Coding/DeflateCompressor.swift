import CZlib

/// `gzip` and `deflate` by zlib, at its fastest level.
///
/// A window of 8 KiB and as much memory beside it as serves it: 64 KiB each, a quarter of zlib's usual.
final class DeflateCompressor: Compressor {
    enum Format { case gzip, deflate }

    private static let windowBits: Int32 = 13
    private static let memoryLevel: Int32 = 6

    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let isOpen: Bool

    init?(_ format: Format) {
        stream.initialize(to: z_stream())
        let windowBits = format == .gzip ? 16 + Self.windowBits : Self.windowBits
        isOpen = thalamus_deflate_init(stream, Z_BEST_SPEED, windowBits, Self.memoryLevel) == Z_OK
        guard isOpen else { return nil }
    }

    deinit {
        if isOpen { deflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    func run(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, goal: CompressionGoal
    ) throws(ContentCodingFault) -> (produced: Int, isDone: Bool) {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(clamping: output.count)
        let offered = Int(stream.pointee.avail_in)
        let room = Int(stream.pointee.avail_out)
        let isLast = offered == input.count
        let code = deflate(stream, !isLast ? Z_NO_FLUSH : goal == .finish ? Z_FINISH : Z_SYNC_FLUSH)
        input = UnsafeRawBufferPointer(rebasing: input.dropFirst(offered - Int(stream.pointee.avail_in)))
        guard code != Z_STREAM_ERROR else { throw .outOfMemory }
        let left = Int(stream.pointee.avail_out)
        // Room that is left says that everything is out (zlib's manual for deflate).
        let isDone = isLast && (goal == .finish ? code == Z_STREAM_END : input.isEmpty && left > 0)
        return (room - left, isDone)
    }

    func reset() {
        deflateReset(stream)
    }
}
