internal import Signing
internal import Synchronization

/// The (hotkey, nonce) pairs accepted lately. A pair is kept for as long as its nonce would pass the age check.
final class ReplayStore: Sendable {
    private struct Entry: Hashable {
        let account: AccountID
        let nonce: UInt64
    }

    private struct State {
        var entries: Set<Entry> = []
        var sweptAt: UInt64 = 0
    }

    /// Nanoseconds.
    private static let retention: UInt64 = 60_000_000_000
    private static let sweepInterval: UInt64 = 1_000_000_000

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: pairs. When so many are fresh, further requests are refused rather than let through.
    init(capacity: Int = 1 << 17) { self.capacity = capacity }

    /// - Parameter now: unix nanoseconds.
    /// - Returns: false for a pair that is known, and while the store is full.
    func insert(_ account: AccountID, nonce: UInt64, now: UInt64) -> Bool {
        state.withLock { state in
            if now > state.sweptAt, now - state.sweptAt > Self.sweepInterval, state.entries.count > capacity / 2 {
                state.sweptAt = now
                let oldest = now > Self.retention ? now - Self.retention : 0
                state.entries = state.entries.filter { $0.nonce >= oldest }
            }
            guard state.entries.count < capacity else { return false }
            return state.entries.insert(Entry(account: account, nonce: nonce)).inserted
        }
    }
}
