internal import Signing

extension RuntimeCodec {
    /// The key of a storage value, or with fewer keys than the map has hashers the prefix of its values.
    ///
    /// - Source: `twox128(prefix) || twox128(item) || hasher(SCALE(key))…`.
    public func storageKey(
        _ pallet: String, _ item: String, _ keys: [ScaleValue] = []
    ) throws(SubstrateError) -> [UInt8] {
        let entry = try storageEntry(pallet, item)
        let prefix = try self.pallet(pallet).storage?.prefix ?? pallet
        var key = Hash.twox128(Array(prefix.utf8)) + Hash.twox128(Array(item.utf8))
        let parts = try keyParts(entry, "\(pallet).\(item)")
        guard keys.count <= parts.count else {
            throw .mismatch("\(pallet).\(item) takes \(parts.count) keys, not \(keys.count)")
        }
        for (value, part) in zip(keys, parts) {
            do {
                key += part.hasher.hash(try encode(value, as: part.type))
            } catch {
                throw SubstrateError(error.code, "\(pallet).\(item): \(error.message)", source: error.source)
            }
        }
        return key
    }

    /// The keys of a map that a whole storage key names, where its hashers keep them (the `Concat` ones and
    /// `Identity`).
    public func decodeStorageKeys(
        _ pallet: String, _ item: String, _ key: [UInt8]
    ) throws(SubstrateError) -> [ScaleValue] {
        let prefix = try storageKey(pallet, item)
        guard key.starts(with: prefix) else { throw .malformed("not a key of \(pallet).\(item)") }
        var decoder = ScaleDecoder(Array(key.dropFirst(prefix.count)))
        var values: [ScaleValue] = []
        for part in try keyParts(try storageEntry(pallet, item), "\(pallet).\(item)") {
            guard let hashBytes = part.hasher.hashBytesBeforeKey else {
                throw .mismatch("\(pallet).\(item) hashes its keys away")
            }
            _ = try decoder.bytes(count: hashBytes)
            values.append(try decode(from: &decoder, as: part.type))
        }
        try decoder.finish()
        return values
    }

    /// A storage value from what the node has under its key.
    ///
    /// - Parameter bytes: nil where the node has nothing.
    /// - Returns: the value; for an absent one the entry's default, or nil where the entry is optional.
    public func decodeStorage(
        _ pallet: String, _ item: String, _ bytes: [UInt8]?
    ) throws(SubstrateError) -> ScaleValue? {
        let entry = try storageEntry(pallet, item)
        do {
            if let bytes { return try decode(bytes, as: entry.valueType) }
            return entry.modifier == .optional ? nil : try decode(entry.defaultValue, as: entry.valueType)
        } catch {
            throw SubstrateError(error.code, "\(pallet).\(item): \(error.message)", source: error.source)
        }
    }

    /// Encodes a value as the storage entry's type; what a node of ours keeps.
    public func encodeStorage(
        _ pallet: String, _ item: String, _ value: ScaleValue
    ) throws(SubstrateError) -> [UInt8] {
        try encode(value, as: try storageEntry(pallet, item).valueType)
    }

    private func keyParts(
        _ entry: Metadata.StorageEntry, _ name: String
    ) throws(SubstrateError) -> [(hasher: Metadata.StorageHasher, type: TypeID)] {
        guard case .map(let hashers, let key, _) = entry.kind else { return [] }
        guard hashers.count != 1, case .tuple(let types) = try shape(key) else {
            return hashers.prefix(1).map { ($0, key) }
        }
        guard types.count == hashers.count else { throw .malformed("\(name): as many hashers as keys expected") }
        return Array(zip(hashers, types))
    }
}

extension Metadata.StorageHasher {
    func hash(_ key: [UInt8]) -> [UInt8] {
        switch self {
        case .blake2b128: Hash.blake2b128(key)
        case .blake2b256: Hash.blake2b256(key)
        case .blake2b128Concat: Hash.blake2b128(key) + key
        case .twox128: Hash.twox128(key)
        case .twox256: Hash.twox256(key)
        case .twox64Concat: Hash.twox64(key) + key
        case .identity: key
        }
    }

    /// Bytes of hash in front of the key itself; nil where the key is not kept.
    var hashBytesBeforeKey: Int? {
        switch self {
        case .blake2b128Concat: 16
        case .twox64Concat: 8
        case .identity: 0
        case .blake2b128, .blake2b256, .twox128, .twox256: nil
        }
    }
}
