internal import Synchronization

/// The keys this replica has seen, by keyed hash; and, for moments, hashes that are no key.
final class KeyCache: Sendable {
    /// A key, and until when the secret stands for it, in unix milliseconds.
    struct Known: Sendable {
        let key: APIKey
        let secretExpiresAt: Int64?
    }

    enum Finding {
        case known(Known)
        case unknown
        /// Ask the store, then ``insert(_:for:generation:now:)`` with this generation.
        case missing(generation: UInt64)
    }

    private struct State {
        var keys: [SecretHash: Known] = [:]
        /// A key that is being rotated has several secrets.
        var hashes: [String: Set<SecretHash>] = [:]
        /// Until when a hash counts as unknown without asking again, in unix milliseconds.
        var unknown: [SecretHash: Int64] = [:]
        /// Rises with every change that was learnt of: what was read before must not be kept after.
        var generation: UInt64 = 0
    }

    private static let unknownLifetime: Int64 = 2_000

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = max(16, capacity) }

    func find(_ hash: SecretHash, now: Int64) -> Finding {
        state.withLock { state in
            if let key = state.keys[hash] { return .known(key) }
            if let until = state.unknown[hash], now < until { return .unknown }
            return .missing(generation: state.generation)
        }
    }

    /// Keeps what the store said.
    ///
    /// - Returns: false when keys have changed since the question was put, so that the answer may be old.
    func insert(_ known: Known?, for hash: SecretHash, generation: UInt64, now: Int64) -> Bool {
        state.withLock { state in
            guard state.generation == generation else { return false }
            guard let known else {
                Self.makeRoom(in: &state.unknown, capacity: capacity)
                state.unknown[hash] = now + Self.unknownLifetime
                return true
            }
            for (hash, dropped) in Self.makeRoom(in: &state.keys, capacity: capacity) {
                state.hashes[dropped.key.id]?.remove(hash)
                if state.hashes[dropped.key.id]?.isEmpty == true { state.hashes[dropped.key.id] = nil }
            }
            state.keys[hash] = known
            state.hashes[known.key.id, default: []].insert(hash)
            return true
        }
    }

    /// Takes changes over: a changed key is asked for anew, because its secrets may have changed with it. One that was
    /// revoked stays known, so that it is refused as such while the store is away.
    func apply(_ changes: [APIKey]) {
        state.withLock { state in
            state.generation &+= 1
            state.unknown.removeAll()
            for key in changes {
                for hash in state.hashes[key.id] ?? [] {
                    guard let old = state.keys[hash], old.key.revision < key.revision else { continue }
                    if key.revokedAt != nil {
                        state.keys[hash] = Known(key: key, secretExpiresAt: old.secretExpiresAt)
                    } else {
                        state.keys[hash] = nil
                        state.hashes[key.id]?.remove(hash)
                    }
                }
                if state.hashes[key.id]?.isEmpty == true { state.hashes[key.id] = nil }
            }
        }
    }

    /// Drops an eighth, whichever, when full.
    @discardableResult
    private static func makeRoom<Value>(
        in table: inout [SecretHash: Value], capacity: Int
    ) -> [(SecretHash, Value)] {
        guard table.count >= capacity else { return [] }
        var dropped: [(SecretHash, Value)] = []
        for hash in table.keys.prefix(capacity / 8) {
            if let value = table.removeValue(forKey: hash) { dropped.append((hash, value)) }
        }
        return dropped
    }
}
