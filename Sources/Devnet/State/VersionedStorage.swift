/// The storage of the last blocks: every key with its values, each from the block that wrote it.
///
/// A block's storage is not copied: reading at a block takes the last value written at or before it.
struct VersionedStorage: Sendable {
    private struct Version {
        let block: UInt32
        /// `nil` where the block removed the entry.
        let value: [UInt8]?
    }

    private var entries: [[UInt8]: [Version]] = [:]
    /// Which keys each block wrote, for trimming.
    private var writes: [(block: UInt32, keys: [[UInt8]])] = []
    private(set) var head: UInt32 = 0

    /// What stood at the key after a block.
    func value(at key: [UInt8], block: UInt32) -> [UInt8]? {
        guard let versions = entries[key] else { return nil }
        return versions.last { $0.block <= block }?.value
    }

    /// Keys with this prefix that had a value after a block, sorted.
    func keys(withPrefix prefix: [UInt8], block: UInt32) -> [[UInt8]] {
        entries.lazy
            .filter { key, versions in
                key.starts(with: prefix) && versions.last { $0.block <= block }?.value != nil
            }
            .map(\.key)
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Adds what one block changed; blocks come in order.
    mutating func commit(_ changes: [[UInt8]: [UInt8]?], block: UInt32) {
        for (key, value) in changes { entries[key, default: []].append(Version(block: block, value: value)) }
        writes.append((block, Array(changes.keys)))
        head = block
    }

    /// Forgets what only blocks before this one can read.
    mutating func forget(before block: UInt32) {
        let old = writes.prefix { $0.block <= block }
        for key in Set(old.flatMap(\.keys)) { trim(key, before: block) }
        writes.removeFirst(old.count)
    }

    private mutating func trim(_ key: [UInt8], before block: UInt32) {
        guard var versions = entries[key], let kept = versions.lastIndex(where: { $0.block <= block }) else { return }
        versions.removeFirst(kept)
        entries[key] = versions.count == 1 && versions[0].value == nil ? nil : versions
    }
}

/// Storage as it was after one block.
struct StorageSnapshot: StorageReader {
    let storage: VersionedStorage
    let block: UInt32
    func bytes(at key: [UInt8]) -> [UInt8]? { storage.value(at: key, block: block) }
    func keys(withPrefix prefix: [UInt8]) -> [[UInt8]] { storage.keys(withPrefix: prefix, block: block) }
}

/// Storage with the changes of the block being made.
///
/// A value type: a call that fails is undone by putting back the copy from before it.
struct StorageOverlay: StorageReader {
    let base: StorageSnapshot
    private(set) var changes: [[UInt8]: [UInt8]?] = [:]

    init(_ base: StorageSnapshot) { self.base = base }

    func bytes(at key: [UInt8]) -> [UInt8]? {
        if let change = changes[key] { return change }
        return base.bytes(at: key)
    }

    mutating func write<Value, each Key>(
        _ value: Value, to item: StorageItem<Value, repeat each Key>, _ keys: repeat each Key
    ) {
        changes.updateValue(value.scale, forKey: item.key(repeat each keys))
    }

    /// Writes what stands for the runtime, at the key where nodes keep its code.
    mutating func writeCode(_ bytes: [UInt8]) { changes.updateValue(bytes, forKey: [UInt8](":code".utf8)) }

    mutating func remove<Value, each Key>(_ item: StorageItem<Value, repeat each Key>, _ keys: repeat each Key) {
        changes.updateValue(nil, forKey: item.key(repeat each keys))
    }
}
