import Signing
import Substrate

/// One storage item of a pallet: where its values stand, how they are encoded, and how the metadata shows it.
struct StorageItem<Value: RuntimeValue, each Key: RuntimeValue>: Sendable {
    let name: String
    let hashers: [Metadata.StorageHasher]
    /// What an absent entry means; `nil` where it means no value.
    let fallback: Value?
    /// The hashed names of pallet and item, with which every key starts.
    let prefix: [UInt8]

    init(_ pallet: String, _ name: String, _ hashers: Metadata.StorageHasher..., default fallback: Value?) {
        self.name = name
        self.hashers = hashers
        self.fallback = fallback
        prefix = Hash.twox128([UInt8](pallet.utf8)) + Hash.twox128([UInt8](name.utf8))
    }

    /// The storage key of one entry.
    func key(_ keys: repeat each Key) -> [UInt8] {
        var bytes = prefix
        var position = 0
        for key in repeat each keys {
            bytes += hashers[position].hash(key.scale)
            position += 1
        }
        return bytes
    }
}

/// What the metadata says about a ``StorageItem``.
protocol StorageItemDescription {
    func entry(_ types: inout TypeRegistryBuilder) -> Metadata.StorageEntry
}

extension StorageItem: StorageItemDescription {
    func entry(_ types: inout TypeRegistryBuilder) -> Metadata.StorageEntry {
        var keys: [String] = []
        for key in repeat (each Key).self { keys.append(key.typeName) }
        let value = types.id(of: Value.typeName)
        let kind: Metadata.StorageEntry.Kind =
            switch keys.count {
            case 0: .plain(value)
            case 1: .map(hashers: hashers, key: types.id(of: keys[0]), value: value)
            default:
                .map(hashers: hashers, key: types.id(of: "(" + keys.joined(separator: ",") + ")"), value: value)
            }
        return Metadata.StorageEntry(
            name: name, modifier: fallback == nil ? .optional : .default, kind: kind,
            defaultValue: fallback?.scale ?? [0])
    }
}

extension Metadata.StorageHasher {
    /// The hashed form of one part of a key.
    func hash(_ bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .identity: bytes
        case .twox64Concat: Hash.twox64(bytes) + bytes
        case .blake2b128Concat: Hash.blake2b128(bytes) + bytes
        case .twox128: Hash.twox128(bytes)
        case .twox256: Hash.twox256(bytes)
        case .blake2b128: Hash.blake2b128(bytes)
        case .blake2b256: Hash.blake2b256(bytes)
        }
    }
}

/// Reads of typed items; what conforms only fetches bytes.
protocol StorageReader {
    func bytes(at key: [UInt8]) -> [UInt8]?
}

extension StorageReader {
    /// The stored value, or `nil`.
    func find<Value, each Key>(_ item: StorageItem<Value, repeat each Key>, _ keys: repeat each Key) -> Value? {
        guard let bytes = bytes(at: item.key(repeat each keys)) else { return nil }
        var decoder = ScaleDecoder(bytes)
        do throws(SubstrateError) {
            return try Value(from: &decoder)
        } catch {
            preconditionFailure("storage item \(item.name) holds what this runtime did not write: \(error)")
        }
    }

    /// The stored value, or what an absent entry means.
    func read<Value, each Key>(_ item: StorageItem<Value, repeat each Key>, _ keys: repeat each Key) -> Value {
        guard let value = find(item, repeat each keys) ?? item.fallback else {
            preconditionFailure("storage item \(item.name) has no default: use find")
        }
        return value
    }
}
