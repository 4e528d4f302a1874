internal import Foundation
internal import Metering
internal import Neurons
internal import Subnets
internal import Subtensor
internal import Synchronization

/// What a request will be charged for: counts what is delivered and settles its hold once.
final class Bill: Sendable {
    private struct Counts {
        var completion = TokenCounter()
        var hasDelivered = false
        var miner: String?
    }

    let hold: Hold
    let promptTokens: Int
    private let caller: Caller
    private let model: ModelConfiguration
    private let endpoint: String
    private let isStream: Bool
    private let startedAt = Bill.unixMilliseconds()
    private let counts = Mutex(Counts())

    init(
        _ hold: Hold, caller: Caller, model: ModelConfiguration, endpoint: String, isStream: Bool,
        promptTokens: Int
    ) {
        self.hold = hold
        self.caller = caller
        self.model = model
        self.endpoint = endpoint
        self.isStream = isStream
        self.promptTokens = promptTokens
    }

    var completionTokens: Int { counts.withLock { $0.completion.count } }

    /// Counts a piece that is about to be delivered.
    ///
    /// - Returns: the answer's tokens so far.
    func add(_ text: String, from choice: DispatchPlan.Choice) -> Int {
        counts.withLock { counts in
            counts.completion.add(text)
            counts.hasDelivered = true
            counts.miner = choice.miner.hotkeyText
            return counts.completion.count
        }
    }

    /// Charges what was delivered so far; nothing where nothing was.
    ///
    /// - Parameter status: the answer's HTTP status; 499 for a client that left.
    func settle(status: Int) {
        let (tokens, hasDelivered, miner) = counts.withLock { ($0.completion.count, $0.hasDelivered, $0.miner) }
        guard hasDelivered else { return hold.release() }
        let completionTokens = min(tokens, model.maximumTokens)
        hold.settle(
            LedgerEntry(
                requestID: hold.requestID, account: caller.key.account, keyID: caller.key.id, model: model.id,
                netuid: model.netuid.rawValue, endpoint: endpoint, promptTokens: promptTokens,
                completionTokens: completionTokens,
                price: model.price.cost(promptTokens: promptTokens, completionTokens: completionTokens), status: status,
                isStream: isStream, startedAt: startedAt, finishedAt: Self.unixMilliseconds(), minerHotkey: miner))
    }

    static func unixMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
