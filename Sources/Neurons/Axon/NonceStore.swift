internal import Signing
internal import Synchronization

/// The nonces accepted lately from each (hotkey, uuid), so that no request of the dialect `dendrite` is accepted twice.
///
/// An entry is kept until its nonces would be refused as too old; the SDK keeps its one nonce for ever.
final class NonceStore: Sendable {
    private struct Key: Hashable {
        let account: AccountID
        let uuid: String
    }

    /// What one sender used.
    struct Window {
        /// Nonces remembered one by one; requests in flight together may overtake one another this far.
        private static let capacity = 32
        /// In rising order.
        private var recent: [UInt64] = []
        /// Every nonce up to here counts as used.
        private var floor: UInt64 = 0

        var newest: UInt64 { recent.last ?? 0 }

        func isUsed(_ nonce: UInt64) -> Bool { nonce <= floor || recent.contains(nonce) }

        mutating func use(_ nonce: UInt64) {
            recent.insert(nonce, at: recent.firstIndex { $0 > nonce } ?? recent.endIndex)
            if recent.count > Self.capacity { floor = recent.removeFirst() }
        }
    }

    private struct State {
        var windows: [Key: Window] = [:]
        var sweptAt: UInt64 = 0
    }

    private static let sweepInterval: UInt64 = 1_000_000_000

    private let capacity: Int
    private let retention: UInt64
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: senders. When so many are fresh, new ones are refused rather than let through.
    ///   - retention: nanoseconds after which a nonce is too old in any case.
    init(capacity: Int = 1 << 16, retention: UInt64) {
        self.capacity = capacity
        self.retention = retention
    }

    func window(of account: AccountID, uuid: String) -> Window? {
        state.withLock { $0.windows[Key(account: account, uuid: uuid)] }
    }

    /// - Returns: false for a nonce that was used, and for a new sender while the store is full.
    func use(_ nonce: UInt64, of account: AccountID, uuid: String, now: UInt64) -> Bool {
        let key = Key(account: account, uuid: uuid)
        return state.withLock { state in
            if state.windows[key] == nil {
                sweep(&state, now: now)
                guard state.windows.count < capacity else { return false }
            }
            guard !state.windows[key, default: Window()].isUsed(nonce) else { return false }
            state.windows[key, default: Window()].use(nonce)
            return true
        }
    }

    private func sweep(_ state: inout State, now: UInt64) {
        guard state.windows.count > capacity / 2, now > state.sweptAt, now - state.sweptAt > Self.sweepInterval else {
            return
        }
        state.sweptAt = now
        let oldest = now > retention ? now - retention : 0
        state.windows = state.windows.filter { $0.value.newest > oldest }
    }
}
