internal import Logging
internal import Metering
internal import NIOHTTP1
internal import Neurons
internal import Subnets
internal import Subtensor

extension DispatchPlan {
    /// Which subnet, block and miner an answer came from.
    func headers(winner: Choice) -> HTTPHeaders {
        [
            "x-bt-netuid": "\(netuid.rawValue)", "x-bt-block": "\(block)", "x-bt-miner-uid": "\(winner.miner.uid)",
            "x-bt-winner-hotkey": winner.miner.hotkeyText,
        ]
    }
}

extension RequestContext {
    /// Notes the winner for the request's log line.
    func note(_ choice: DispatchPlan.Choice, attempts: Int, bill: Bill) {
        note("miner.uid", "\(choice.miner.uid)")
        note("attempt.count", "\(attempts)")
        note("usage.prompt_tokens", "\(bill.promptTokens)")
        note("usage.completion_tokens", "\(bill.completionTokens)")
    }
}

extension Bill {
    /// `x-ratelimit-*`, where the key or its account has such limits.
    var rateHeaders: HTTPHeaders {
        var headers = hold.requests?.headers(of: "requests") ?? [:]
        if let tokens = hold.tokens { headers.add(contentsOf: tokens.headers(of: "tokens")) }
        return headers
    }
}
