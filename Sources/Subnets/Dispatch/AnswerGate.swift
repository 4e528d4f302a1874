internal import Synchronization

/// Lets one attempt of a request through to the client: the first to bring something.
final class AnswerGate: Sendable {
    private let winner = Mutex<Int?>(nil)
    private let onClaim: @Sendable (Int) -> Void

    /// - Parameter onClaim: told once, which attempt won.
    init(onClaim: @escaping @Sendable (Int) -> Void = { _ in }) { self.onClaim = onClaim }

    var isClaimed: Bool { winner.withLock { $0 != nil } }

    /// Whether the attempt with this number may go on to the client.
    func claim(_ attempt: Int) -> Bool {
        let (mayPass, isFirst) = winner.withLock { winner in
            let isFirst = winner == nil
            if isFirst { winner = attempt }
            return (winner == attempt, isFirst)
        }
        if isFirst { onClaim(attempt) }
        return mayPass
    }
}

/// Another attempt was faster.
struct LostRace: Error {}

/// The client could not be written to: no other miner helps.
struct DownstreamFailure: Error {
    let cause: any Error
}
