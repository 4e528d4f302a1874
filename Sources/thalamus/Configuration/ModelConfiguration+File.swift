import Metering
import Subnets
import Subtensor

extension ModelConfiguration {
    init(_ section: ConfigurationReader) throws {
        guard let id = try section.text("id"), !id.isEmpty else {
            throw section.missing("id", "the name clients send as `model`")
        }
        guard let netuid: UInt16 = try section.int("netuid", in: 0...65_535) else {
            throw section.missing("netuid", "the subnet that serves the model")
        }
        self.init(id: id, netuid: Netuid(netuid), price: try section.section("price").map { try Price($0) } ?? .free)
        task = try section.choice("task", [.chat, .embedding]) ?? task
        minerModel = try section.text("miner_model") ?? minerModel
        strategy = try section.choice("strategy", [.first, .best]) ?? strategy
        fanOut = try section.int("fan_out", in: 1...16) ?? (strategy == .best ? 3 : 1)
        maximumAttempts = try section.int("maximum_attempts", in: 1...32) ?? max(maximumAttempts, fanOut + 1)
        hedgeAfter = try section.duration("hedge_after", atLeast: .milliseconds(1))
        bestWindow = try section.duration("best_window") ?? bestWindow
        deadline = try section.duration("deadline", atLeast: .milliseconds(1)) ?? deadline
        attemptTimeout = try section.duration("attempt_timeout", atLeast: .milliseconds(1)) ?? attemptTimeout
        streamTimeout = try section.duration("stream_timeout", atLeast: .milliseconds(1)) ?? streamTimeout
        maximumTokens = try section.int("maximum_tokens", in: 1...1 << 20) ?? maximumTokens
        contextTokens = try section.int("context_tokens", in: 1...1 << 24) ?? contextTokens
        try section.finish()
    }
}

extension Price {
    /// Reads the object `price` of a model.
    init(_ section: ConfigurationReader) throws {
        func micros(_ key: String) throws -> MicroUnits {
            MicroUnits(rawValue: try section.int(key, in: 0...1_000_000_000_000_000) ?? 0)
        }
        self.init(
            perMillionPromptTokens: try micros("per_million_prompt_tokens"),
            perMillionCompletionTokens: try micros("per_million_completion_tokens"),
            perRequest: try micros("per_request"), perImage: try micros("per_image"),
            perSecond: try micros("per_second"))
        try section.finish()
    }
}
