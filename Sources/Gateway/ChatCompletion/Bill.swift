internal import Foundation
internal import Metering
internal import NIOCore
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
    /// Tokens of an answer that are charged at most: what was held for it.
    private let maximumTokens: Int
    private let caller: Caller
    private let route: Route
    private let endpoint: String
    private let isStream: Bool
    private let startedAt: Int64
    private let counts = Mutex(Counts())

    init(
        _ hold: Hold, caller: Caller, route: Route, endpoint: String, isStream: Bool,
        promptTokens: Int, maximumTokens: Int, startedAt: Int64
    ) {
        self.hold = hold
        self.startedAt = startedAt
        self.caller = caller
        self.route = route
        self.endpoint = endpoint
        self.isStream = isStream
        self.promptTokens = promptTokens
        self.maximumTokens = maximumTokens
    }

    /// The answer's tokens so far, as they are charged and told to the client.
    var completionTokens: Int { min(counts.withLock { $0.completion.count }, maximumTokens) }

    /// Counts a piece that is about to be delivered, and cuts off what goes beyond what was held: a miner that gives more
    /// than it was asked for gives nothing away.
    ///
    /// - Returns: whether there is room for more: false ends the answer for its length.
    func add(_ delta: inout CompletionDelta, from choice: DispatchPlan.Choice) -> Bool {
        counts.withLock { counts in
            let length = delta.content.utf8.count
            delta.content = counts.completion.add(delta.content, upTo: maximumTokens)
            let isWhole = delta.content.utf8.count == length
            // Half a call is none: it is given whole.
            if let calls = delta.toolCalls { counts.completion.add(String(buffer: calls)) }
            counts.hasDelivered = true
            counts.miner = choice.miner.hotkeyText
            return isWhole && counts.completion.count < maximumTokens
        }
    }

    /// Charges what was delivered so far; nothing where nothing was.
    ///
    /// - Parameter status: the answer's HTTP status; 499 for a client that left.
    func settle(status: Int) {
        let (hasDelivered, miner) = counts.withLock { ($0.hasDelivered, $0.miner) }
        guard hasDelivered else { return hold.release() }
        let completionTokens = completionTokens
        hold.settle(
            LedgerEntry(
                requestID: hold.requestID, account: caller.key.account, keyID: caller.key.id, model: route.model.id,
                netuid: route.model.netuid.rawValue, endpoint: endpoint, promptTokens: promptTokens,
                completionTokens: completionTokens,
                price: route.cost(promptTokens: promptTokens, completionTokens: completionTokens), status: status,
                isStream: isStream, startedAt: startedAt, finishedAt: Self.unixMilliseconds(), minerHotkey: miner))
    }

    static func unixMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
