internal import Signing
internal import Synchronization

/// The last nonce of each (hotkey, uuid), so that no request of the dialect `dendrite` is accepted twice.
///
/// An entry is kept until its nonce would be refused as too old; the SDK keeps them for ever.
final class NonceStore: Sendable {
    private struct Key: Hashable {
        let account: AccountID
        let uuid: String
    }

    private struct State {
        var nonces: [Key: UInt64] = [:]
        var sweptAt: UInt64 = 0
    }

    private static let sweepInterval: UInt64 = 1_000_000_000

    private let capacity: Int
    private let retention: UInt64
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: entries. When so many are fresh, new senders are refused rather than let through.
    ///   - retention: nanoseconds after which a nonce is too old in any case.
    init(capacity: Int = 1 << 16, retention: UInt64) {
        self.capacity = capacity
        self.retention = retention
    }

    func last(_ account: AccountID, uuid: String) -> UInt64? {
        state.withLock { $0.nonces[Key(account: account, uuid: uuid)] }
    }

    /// Stores a nonce if it is above the last one.
    ///
    /// - Returns: false if it is not, and for a new sender while the store is full.
    func advance(_ account: AccountID, uuid: String, to nonce: UInt64, now: UInt64) -> Bool {
        let key = Key(account: account, uuid: uuid)
        return state.withLock { state in
            if let last = state.nonces[key] {
                guard nonce > last else { return false }
            } else {
                sweep(&state, now: now)
                guard state.nonces.count < capacity else { return false }
            }
            state.nonces[key] = nonce
            return true
        }
    }

    private func sweep(_ state: inout State, now: UInt64) {
        guard state.nonces.count > capacity / 2, now > state.sweptAt, now - state.sweptAt > Self.sweepInterval else {
            return
        }
        state.sweptAt = now
        let oldest = now > retention ? now - retention : 0
        state.nonces = state.nonces.filter { $0.value > oldest }
    }
}
