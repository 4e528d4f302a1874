public import Metering
public import Subtensor

/// A model that clients can name.
///
/// ## Configuration keys (list `models`)
/// - `id` (text, required): what clients send as `model`
/// - `netuid` (int, required): the subnet that serves it
/// - `task` (`chat` or `embedding`, default `chat`)
/// - `miner_model` (text, default empty): the model name miners are told
/// - `strategy` (`first` or `best`, default `first`)
/// - `fan_out` (int, 1...16, default 1 for `first`, 3 for `best`): miners asked at once
/// - `maximum_attempts` (int, 1...32, default 4): miners tried before the request fails
/// - `hedge_after` (duration, default none): with `first`, another miner is asked when no answer came by then
/// - `best_window` (duration, default 2s): with `best`, how long the others have after the first valid answer
/// - `deadline` (duration, default 60s): from the request to the end of a plain answer or a stream's first chunk
/// - `attempt_timeout` (duration, default 15s): for one miner to answer, or to begin its stream
/// - `stream_timeout` (duration, default 300s): for a stream as a whole
/// - `maximum_tokens` (int, 1...1048576, default 4096): cap and default of an answer's tokens
/// - `context_tokens` (int, default 131072): cap of a prompt's tokens
/// - `price` (object): see `Metering.Price`
public struct ModelConfiguration: Sendable {
    public enum Task: String, Sendable { case chat, embedding }
    public enum Strategy: String, Sendable { case first, best }

    public var id: String
    public var netuid: Netuid
    public var task = Task.chat
    public var minerModel = ""
    public var strategy = Strategy.first
    public var fanOut = 1
    public var maximumAttempts = 4
    public var hedgeAfter: Duration?
    public var bestWindow: Duration = .seconds(2)
    public var deadline: Duration = .seconds(60)
    public var attemptTimeout: Duration = .seconds(15)
    public var streamTimeout: Duration = .seconds(300)
    public var maximumTokens = 4_096
    public var contextTokens = 131_072
    public var price: Price

    public init(id: String, netuid: Netuid, price: Price) {
        self.id = id
        self.netuid = netuid
        self.price = price
    }
}
