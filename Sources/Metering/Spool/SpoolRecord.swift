/// A ledger entry as it waits in the spool.
///
/// Layout, little-endian: flags (1 byte: 1 stream, 4 has a hotkey, 8 always), netuid (2), the leased limits of the account
/// and of the key (2 each), status (8), prompt tokens, completion tokens, price, waived, admission, start, finish (8
/// each), then request id, account, key id, model, endpoint and hotkey, each with its length (2) before it.
struct SpoolRecord: Hashable, Sendable {
    /// Bound of an encoded record, frame included; what a hold reserves.
    static let maximumBytes = 1_024
    static let requestIDBytes = 128

    var entry: LedgerEntry
    /// The limits of which the replica's lease covers what it used.
    var leased: LeasedLimits
    /// Unix milliseconds: in which windows it counts.
    var admittedAt: Int64

    /// What it used of any limit.
    var outcome: Outcome {
        let money = entry.waived > .zero && leased.isFree ? entry.waived : entry.price
        return Outcome(
            requests: 1, tokens: Self.sum(entry.promptTokens, entry.completionTokens), money: money.rawValue)
    }

    /// Counts up to a trillion each: beyond that they are no counts of tokens.
    private static func sum(_ prompt: Int, _ completion: Int) -> Int64 {
        Int64(min(max(0, prompt), 1 << 40)) + Int64(min(max(0, completion), 1 << 40))
    }

    /// Writes the record, cutting texts to their bounds.
    ///
    /// - Returns: how many bytes were written.
    func encode(into memory: UnsafeMutableRawBufferPointer) -> Int {
        var writer = RecordWriter(memory: memory)
        writer.byte((entry.isStream ? 1 : 0) | (entry.minerHotkey == nil ? 0 : 4) | 8)
        writer.short(entry.netuid)
        writer.short(leased.account)
        writer.short(leased.key)
        writer.long(Int64(entry.status))
        // The database checks that these are not negative; an upload must never fail for one.
        writer.long(Int64(max(0, entry.promptTokens)))
        writer.long(Int64(max(0, entry.completionTokens)))
        writer.long(max(0, entry.price.rawValue))
        writer.long(max(0, entry.waived.rawValue))
        writer.long(admittedAt)
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

    init(entry: LedgerEntry, leased: LeasedLimits, admittedAt: Int64) {
        self.entry = entry
        self.leased = leased
        self.admittedAt = admittedAt
    }

    /// Nil for bytes that are no record.
    init?(decoding memory: UnsafeRawBufferPointer) {
        var reader = RecordReader(memory: memory)
        guard let flags = reader.byte(), let netuid = reader.short() else { return nil }
        // Records of the first layout lack what its flag 8 says; their one limit was the key's budget.
        let isCurrent = flags & 8 != 0
        leased = LeasedLimits(key: flags & 2 != 0 ? LimitKind.spend.bit : 0)
        if isCurrent {
            guard let account = reader.short(), let key = reader.short() else { return nil }
            leased = LeasedLimits(account: account, key: key)
        }
        guard let status = reader.long(), let promptTokens = reader.long(), let completionTokens = reader.long(),
            let price = reader.long(), let waived = isCurrent ? reader.long() : 0,
            let admittedAt = isCurrent ? reader.long() : 0, let startedAt = reader.long(),
            let finishedAt = reader.long(), let requestID = reader.text(), let account = reader.text(),
            let keyID = reader.text(), let model = reader.text(), let endpoint = reader.text(),
            let hotkey = reader.text()
        else { return nil }
        self.admittedAt = isCurrent ? admittedAt : startedAt
        entry = LedgerEntry(
            requestID: requestID, account: account, keyID: keyID, model: model, netuid: netuid, endpoint: endpoint,
            promptTokens: Int(promptTokens), completionTokens: Int(completionTokens), price: MicroUnits(price),
            status: Int(status), isStream: flags & 1 != 0, startedAt: startedAt, finishedAt: finishedAt,
            minerHotkey: flags & 4 != 0 ? hotkey : nil, waived: MicroUnits(waived))
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
