public import HTTPTransport

/// How a ``ChainClient`` reaches its chain.
///
/// ## Configuration keys (scope `chain`)
/// - `endpoints` (list of `ws://` or `wss://` URLs): tried in this order
/// - `genesis_hash` (text, `0x` and 64 hex digits, default: the first node's): nodes on another chain are refused
/// - `call_timeout` (int, seconds, default 30): one call with its wait for a connection
/// - `connect_timeout` (int, seconds, default 10)
/// - `keep_alive` (int, seconds, default 20): a node that leaves a question unanswered this long is left
/// - `maximum_message_bytes` (int, bytes, default 67108864): of one message from a node
public struct ChainClientConfiguration: Sendable {
    public var endpoints: [String]
    public var genesisHash: BlockHash?
    public var callTimeout: Duration = .seconds(30)
    public var connectTimeout: Duration = .seconds(10)
    public var keepAlive: Duration = .seconds(20)
    public var maximumMessageBytes = 64 << 20
    /// A node whose head stands still this long is left.
    public var headTimeout: Duration = .seconds(120)
    /// Blocks that a node may be behind what another one has shown.
    public var maximumLag: UInt64 = 20
    /// What is trusted with `wss`; nil is the system's authorities.
    public var tls: TLSContext?
    /// Whether to go on trying when no endpoint can be reached; a command line would rather say so at once.
    public var isPersistent = true
    /// Pause after all endpoints failed; doubles with each round.
    public var minimumBackoff: Duration = .milliseconds(500)
    public var maximumBackoff: Duration = .seconds(30)
    /// Until an extrinsic is in a finalized block; about the lifetime of its era.
    public var finalityTimeout: Duration = .seconds(600)
    /// The chain's own meanings of custom transaction errors by number: name and sentence.
    public var customErrors: [UInt8: (name: String, meaning: String)] = [:]

    /// The chain's runtime APIs, for nodes that do not describe them.
    public var assumedAPIs = AssumedAPIs()

    public init(endpoints: [String]) { self.endpoints = endpoints }
}

/// Pauses between rounds of attempts: doubling, with jitter so that clients do not return together.
struct Backoff {
    let minimum: Duration
    let maximum: Duration
    private var attempt = 0

    init(minimum: Duration, maximum: Duration) {
        self.minimum = minimum
        self.maximum = maximum
    }

    mutating func reset() { attempt = 0 }

    /// Between half of the next step and all of it.
    mutating func next() -> Duration {
        let step = min(minimum * (1 << min(attempt, 16)), maximum)
        attempt += 1
        return step * Double.random(in: 0.5...1)
    }
}
