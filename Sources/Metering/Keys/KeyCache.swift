internal import Synchronization

/// The keys this replica has seen, by keyed hash; and, for moments, hashes that are no key.
final class KeyCache: Sendable {
    enum Finding {
        case known(APIKey)
        case unknown
        /// Ask the store, then ``insert(_:for:generation:now:)`` with this generation.
        case missing(generation: UInt64)
    }

    private struct State {
        var keys: [SecretHash: APIKey] = [:]
        var hashes: [String: SecretHash] = [:]
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
    func insert(_ key: APIKey?, for hash: SecretHash, generation: UInt64, now: Int64) -> Bool {
        state.withLock { state in
            guard state.generation == generation else { return false }
            guard let key else {
                Self.makeRoom(in: &state.unknown, capacity: capacity)
                state.unknown[hash] = now + Self.unknownLifetime
                return true
            }
            for dropped in Self.makeRoom(in: &state.keys, capacity: capacity) { state.hashes[dropped.id] = nil }
            state.keys[hash] = key
            state.hashes[key.id] = hash
            return true
        }
    }

    /// Takes changes over.
    func apply(_ changes: [APIKey]) {
        state.withLock { state in
            state.generation &+= 1
            state.unknown.removeAll()
            for key in changes {
                guard let hash = state.hashes[key.id], let old = state.keys[hash] else { continue }
                if old.revision < key.revision { state.keys[hash] = key }
            }
        }
    }

    /// Drops an eighth, whichever, when full.
    @discardableResult
    private static func makeRoom<Value>(in table: inout [SecretHash: Value], capacity: Int) -> [Value] {
        guard table.count >= capacity else { return [] }
        var dropped: [Value] = []
        for hash in table.keys.prefix(capacity / 8) {
            if let value = table.removeValue(forKey: hash) { dropped.append(value) }
        }
        return dropped
    }
}
