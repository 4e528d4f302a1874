/// A ledger entry as it waits in the spool.
///
/// Layout, little-endian: flags (1 byte: 1 stream, 2 leased, 4 has a hotkey), netuid (2), status (8), prompt tokens,
/// completion tokens, price, start, finish (8 each), then request id, account, key id, model, endpoint and hotkey, each
/// with its length (2) before it.
struct SpoolRecord: Hashable, Sendable {
    /// Bound of an encoded record, frame included; what a hold reserves.
    static let maximumBytes = 1_024
    static let requestIDBytes = 128

    var entry: LedgerEntry
    /// The price is covered by the replica's lease of the key's budget.
    var isLeased: Bool

    /// Writes the record, cutting texts to their bounds.
    ///
    /// - Returns: how many bytes were written.
    func encode(into memory: UnsafeMutableRawBufferPointer) -> Int {
        var writer = RecordWriter(memory: memory)
        writer.byte((entry.isStream ? 1 : 0) | (isLeased ? 2 : 0) | (entry.minerHotkey == nil ? 0 : 4))
        writer.short(entry.netuid)
        writer.long(Int64(entry.status))
        // The database checks that these are not negative; an upload must never fail for one.
        writer.long(Int64(max(0, entry.promptTokens)))
        writer.long(Int64(max(0, entry.completionTokens)))
        writer.long(max(0, entry.price.rawValue))
        writer.long(entry.startedAt)
        writer.long(entry.finishedAt)
        writer.text(entry.requestID, bound: Self.requestIDBytes)
        writer.text(entry.account, bound: 128)
        writer.text(entry.keyID, bound: 64)
        writer.text(entry.model, bound: 256)
        writer.text(entry.endpoint, bound: 128)
        writer.text(entry.minerHotkey ?? "", bound: 64)
        return writer.offset
    }

    init(entry: LedgerEntry, isLeased: Bool) {
        self.entry = entry
        self.isLeased = isLeased
    }

    /// Nil for bytes that are no record.
    init?(decoding memory: UnsafeRawBufferPointer) {
        var reader = RecordReader(memory: memory)
        guard let flags = reader.byte(), let netuid = reader.short(), let status = reader.long(),
            let promptTokens = reader.long(), let completionTokens = reader.long(), let price = reader.long(),
            let startedAt = reader.long(), let finishedAt = reader.long(), let requestID = reader.text(),
            let account = reader.text(), let keyID = reader.text(), let model = reader.text(),
            let endpoint = reader.text(), let hotkey = reader.text()
        else { return nil }
        isLeased = flags & 2 != 0
        entry = LedgerEntry(
            requestID: requestID, account: account, keyID: keyID, model: model, netuid: netuid, endpoint: endpoint,
            promptTokens: Int(promptTokens), completionTokens: Int(completionTokens), price: MicroUnits(price),
            status: Int(status), isStream: flags & 1 != 0, startedAt: startedAt, finishedAt: finishedAt,
            minerHotkey: flags & 4 != 0 ? hotkey : nil)
    }
}

private struct RecordWriter {
    let memory: UnsafeMutableRawBufferPointer
    var offset = 0

    mutating func byte(_ value: UInt8) {
        memory[offset] = value
        offset += 1
    }

    mutating func short(_ value: UInt16) {
        memory.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt16.self)
        offset += 2
    }

    mutating func long(_ value: Int64) {
        memory.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Int64.self)
        offset += 8
    }

    mutating func text(_ value: String, bound: Int) {
        let room = UnsafeMutableRawBufferPointer(rebasing: memory[(offset + 2)...])
        let copied: Int? = value.utf8.withContiguousStorageIfAvailable { utf8 in
            let count = min(utf8.count, bound)
            room.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(utf8)[..<count]))
            return count
        }
        var count = copied ?? 0
        if copied == nil {
            for byte in value.utf8.prefix(bound) {
                room[count] = byte
                count += 1
            }
        }
        short(UInt16(count))
        offset += count
    }
}

private struct RecordReader {
    let memory: UnsafeRawBufferPointer
    var offset = 0

    mutating func byte() -> UInt8? { integer(UInt8.self) }
    mutating func short() -> UInt16? { integer(UInt16.self) }
    mutating func long() -> Int64? { integer(Int64.self) }

    mutating func text() -> String? {
        guard let count = short(), memory.count - offset >= Int(count) else { return nil }
        defer { offset += Int(count) }
        return String(decoding: memory[offset..<(offset + Int(count))], as: UTF8.self)
    }

    private mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type) -> Value? {
        let size = MemoryLayout<Value>.size
        guard memory.count - offset >= size else { return nil }
        defer { offset += size }
        return Value(littleEndian: memory.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
