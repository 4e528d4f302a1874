internal import Foundation
internal import Synchronization

/// One preallocated, memory-mapped file of records: what is written here is in the kernel's hands at once and survives
/// the process.
///
/// Layout: magic (8 bytes), sequence (8), how far it was uploaded (8), then from byte 64 frames of payload length (4),
/// CRC-32 of the payload (4) and payload, each padded to 8 bytes. A length of zero ends the segment.
///
/// `@unchecked`: the memory past ``written`` is the appender's, which ``Spool``'s mutex makes one at a time; what lies
/// before it never changes, and the header's third word is the uploader's alone.
final class SpoolSegment: @unchecked Sendable {
    static let headerBytes = 64
    private static let magic: UInt64 = 0x314C_4F4F_5053_4854  // "THSPOOL1"
    private static let frameBytes = 8

    let sequence: UInt64
    let path: String
    /// Left by an earlier process: its leases are not this process's.
    let isRecovered: Bool
    private let memory: UnsafeMutableRawBufferPointer
    private let end: Atomic<Int>

    private init(
        sequence: UInt64, path: String, isRecovered: Bool, memory: UnsafeMutableRawBufferPointer, written: Int
    ) {
        self.sequence = sequence
        self.path = path
        self.isRecovered = isRecovered
        self.memory = memory
        end = Atomic(written)
    }

    deinit { munmap(memory.baseAddress, memory.count) }

    var bytes: Int { memory.count }
    /// Where the next frame goes.
    var written: Int { end.load(ordering: .acquiring) }
    /// Records that surely fit.
    var room: Int { (bytes - written) / SpoolRecord.maximumBytes }

    /// Everything before this offset is in the database. Only a hint: what is uploaded again is recognised by its id.
    var uploaded: Int {
        get { Int(clamping: memory.load(fromByteOffset: 16, as: UInt64.self).littleEndian) }
        set { memory.storeBytes(of: UInt64(newValue).littleEndian, toByteOffset: 16, as: UInt64.self) }
    }

    // MARK: Files

    static func create(in directory: String, sequence: UInt64, bytes: Int) throws(MeteringError) -> SpoolSegment {
        let path = "\(directory)/\(String(format: "%016llx", sequence)).segment"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", path, errno) }
        defer { close(descriptor) }
        // Blocks are reserved now: a full disk shows here and not as a signal at some later store.
        let code = posix_fallocate(descriptor, 0, off_t(bytes))
        guard code == 0, let memory = map(descriptor, bytes) else {
            let reason = code == 0 ? errno : code
            unlink(path)
            throw failure("allocate", path, reason)
        }
        memory.storeBytes(of: magic.littleEndian, toByteOffset: 0, as: UInt64.self)
        memory.storeBytes(of: sequence.littleEndian, toByteOffset: 8, as: UInt64.self)
        memory.storeBytes(of: UInt64(headerBytes).littleEndian, toByteOffset: 16, as: UInt64.self)
        return SpoolSegment(
            sequence: sequence, path: path, isRecovered: false, memory: memory, written: headerBytes)
    }

    /// Opens what an earlier process left.
    ///
    /// - Returns: the segment and how many damaged frames were passed over; nil for a file that never got its header.
    static func recover(_ path: String) throws(MeteringError) -> (segment: SpoolSegment, damaged: Int)? {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("read", path, errno) }
        let bytes = Int(status.st_size)
        guard bytes > headerBytes else { return nil }
        guard let memory = map(descriptor, bytes) else { throw failure("map", path, errno) }
        guard UInt64(littleEndian: memory.load(as: UInt64.self)) == magic else {
            munmap(memory.baseAddress, memory.count)
            return nil
        }
        let segment = SpoolSegment(
            sequence: UInt64(littleEndian: memory.load(fromByteOffset: 8, as: UInt64.self)), path: path,
            isRecovered: true, memory: memory, written: bytes)
        if !(headerBytes...bytes).contains(segment.uploaded) { segment.uploaded = headerBytes }
        return (segment, segment.findEnd())
    }

    private static func map(_ descriptor: Int32, _ bytes: Int) -> UnsafeMutableRawBufferPointer? {
        let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let address, address != MAP_FAILED else { return nil }
        return UnsafeMutableRawBufferPointer(start: address, count: bytes)
    }

    private static func failure(_ verb: String, _ path: String, _ code: Int32) -> MeteringError {
        MeteringError(
            code == ENOSPC || code == EDQUOT ? .spoolFull : .stateDirectoryUnusable, source: .gateway,
            isRetryable: true,
            message: "can't \(verb) the spool file \(path): \(String(cString: strerror(code)))", retryAfter: .seconds(5)
        )
    }

    func remove() { unlink(path) }

    /// Waits until the disk has it all. For records that have waited long for the database: a power cut would take them.
    func synchronise() { msync(memory.baseAddress, memory.count, MS_SYNC) }

    // MARK: Records

    /// Appends; the caller has seen to it that there is ``room``.
    func append(_ record: SpoolRecord) {
        let start = written
        let payload = UnsafeMutableRawBufferPointer(
            rebasing: memory[(start + Self.frameBytes)..<(start + SpoolRecord.maximumBytes)])
        let count = record.encode(into: payload)
        let checksum = CRC32.checksum(UnsafeRawBufferPointer(rebasing: payload[..<count]))
        memory.storeBytes(of: checksum.littleEndian, toByteOffset: start + 4, as: UInt32.self)
        // The length comes last: until it is there the segment ends before this record.
        memory.storeBytes(of: UInt32(count).littleEndian, toByteOffset: start, as: UInt32.self)
        end.store(Self.next(after: start, payload: count), ordering: .releasing)
    }

    /// - Returns: the records from `offset` on, at most `limit`, and where the next one starts.
    func records(from offset: Int, limit: Int) -> (records: [SpoolRecord], next: Int) {
        let end = written
        var offset = offset
        var records: [SpoolRecord] = []
        while offset < end, records.count < limit, let frame = frame(at: offset, before: end) {
            if let record = frame.record { records.append(record) }
            offset = frame.next
        }
        return (records, offset)
    }

    private func frame(at offset: Int, before end: Int) -> (record: SpoolRecord?, next: Int)? {
        guard end - offset > Self.frameBytes else { return nil }
        let count = Int(UInt32(littleEndian: memory.load(fromByteOffset: offset, as: UInt32.self)))
        guard count > 0, count <= SpoolRecord.maximumBytes - Self.frameBytes, count <= end - offset - Self.frameBytes
        else {
            return nil
        }
        let payload = UnsafeRawBufferPointer(
            rebasing: memory[(offset + Self.frameBytes)..<(offset + Self.frameBytes + count)])
        let checksum = UInt32(littleEndian: memory.load(fromByteOffset: offset + 4, as: UInt32.self))
        let isWhole = CRC32.checksum(payload) == checksum
        return (isWhole ? SpoolRecord(decoding: payload) : nil, Self.next(after: offset, payload: count))
    }

    /// Walks the frames to find where they end.
    private func findEnd() -> Int {
        var offset = Self.headerBytes
        var damaged = 0
        while let frame = frame(at: offset, before: bytes) {
            if frame.record == nil { damaged += 1 }
            offset = frame.next
        }
        end.store(offset, ordering: .releasing)
        return damaged
    }

    private static func next(after start: Int, payload: Int) -> Int { start + frameBytes + (payload + 7) / 8 * 8 }
}
