/// What the validator does, and how often.
///
/// ## Configuration keys (object `validator`)
/// - `enabled` (bool, default false): score miners and probe them
/// - `set_weights` (bool, default true): submit weights; off, they are only computed and logged
/// - `netuids` (list of ints, default: every subnet with a chat model)
/// - `probe_interval` (duration, default 30s, at least 100ms): between rounds of probes
/// - `minimum_observations` (int, default 3): a miner with fewer gets no weight
/// - `version_key` (int, default 0): raised to the subnet's own where that is higher
public struct ValidatorConfiguration: Sendable {
    public var setsWeights = true
    public var probeInterval: Duration = .seconds(30)
    public var minimumObservations = 3
    public var versionKey: UInt64 = 0
    /// Probes under way at once.
    public var probeConcurrency = 16
    public init() {}
}
