import Synchronization

/// How many connections each client has, so that one cannot have them all.
///
/// Of IPv6 a whole /64 counts as one client, since it is what one client has.
final class AddressCounts: Sendable {
    private let limit: Int
    private let counts = Mutex<[IPAddress: Int]>([:])

    /// - Parameter limit: 0 for none.
    init(limit: Int) {
        self.limit = limit
    }

    /// - Returns: what ``leave(_:)`` takes later; nil when the client has enough.
    func enter(_ address: IPAddress) -> IPAddress? {
        let client = address.network
        guard limit > 0 else { return client }
        let isAdmitted = counts.withLock { counts in
            let count = counts[client, default: 0]
            guard count < limit else { return false }
            counts[client] = count + 1
            return true
        }
        return isAdmitted ? client : nil
    }

    func leave(_ client: IPAddress) {
        guard limit > 0 else { return }
        counts.withLock { counts in
            guard let count = counts[client] else { return }
            counts[client] = count > 1 ? count - 1 : nil
        }
    }
}

extension IPAddress {
    fileprivate var network: IPAddress {
        switch value {
        case .v4: self
        case .v6(let high, _): IPAddress(.v6(high: high, low: 0))
        }
    }
}
