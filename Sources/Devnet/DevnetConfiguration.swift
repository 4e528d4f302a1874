public import Signing
public import Subtensor

/// What a local chain starts with.
///
/// ## Configuration keys
/// - `host` (text, default 127.0.0.1): the address to listen on
/// - `allow_non_loopback` (bool, default false): whether `host` may be reached from other machines
/// - `port` (int, default 9944, 0...65535): 0 takes a free one
/// - `block_time` (duration, default 1 s, at least 50 ms)
/// - `finality_lag` (int, blocks, default 1, 0...16): how far the finalized head stays behind the head
/// - `history` (int, blocks, default 512, 64...65536): how many blocks' states can be read
/// - `stake_threshold_rao` (int, default 0): stake that setting weights takes
/// - `subnets` (list), each with
///   - `netuid` (int, 1...4095)
///   - `tempo` (int, blocks, default 20): between epochs
///   - `weights_rate_limit`, `serving_rate_limit` (int, blocks, default 5 and 1): between two of one neuron's
///   - `min_allowed_weights` (int, default 1), `weights_version_key` (int, default 0)
///   - `neurons` (list by UID), each with `hotkey`, `coldkey`, `stake_tao`, `validator_permit`, `axon`
public struct DevnetConfiguration: Sendable {
    public var host = "127.0.0.1"
    /// Whether other machines may reach the chain. Anyone who reaches it can write to it.
    public var allowsNonLoopback = false
    public var port = 9_944
    public var blockTime: Duration = .seconds(1)
    /// Blocks that the finalized head stays behind the head.
    public var finalityLag: UInt32 = 1
    /// Blocks whose state and hashes are kept; an extrinsic's era must fit into them.
    public var history: UInt32 = 512
    /// Stake that setting weights takes.
    public var stakeThreshold = Rao(0)
    public var subnets: [Subnet] = []

    public init(subnets: [Subnet] = []) { self.subnets = subnets }

    /// One subnet and its neurons at the start. Commit-reveal is off.
    public struct Subnet: Sendable {
        public var netuid: Netuid
        /// Blocks between epochs.
        public var tempo: UInt16 = 20
        /// Blocks between two settings of one neuron's weights.
        public var weightsSetRateLimit: UInt64 = 5
        public var minAllowedWeights: UInt16 = 1
        /// Blocks between two publications of one neuron's axon.
        public var servingRateLimit: UInt64 = 1
        /// What setting weights must name at least; 0 takes anything.
        public var weightsVersionKey: UInt64 = 0
        public var owner: Owner?
        /// By UID.
        public var neurons: [Neuron]

        public init(netuid: Netuid, neurons: [Neuron] = []) {
            self.netuid = netuid
            self.neurons = neurons
        }
    }

    public struct Owner: Sendable {
        public var hotkey: Hotkey
        public var coldkey: Coldkey
        public init(hotkey: Hotkey, coldkey: Coldkey) {
            self.hotkey = hotkey
            self.coldkey = coldkey
        }
    }

    public struct Neuron: Sendable {
        public var hotkey: Hotkey
        public var coldkey: Coldkey
        public var stake: Rao
        public var hasValidatorPermit: Bool
        public var axon: AxonInfo?

        public init(
            hotkey: Hotkey, coldkey: Coldkey, stake: Rao = Rao(0), hasValidatorPermit: Bool = false,
            axon: AxonInfo? = nil
        ) {
            self.hotkey = hotkey
            self.coldkey = coldkey
            self.stake = stake
            self.hasValidatorPermit = hasValidatorPermit
            self.axon = axon
        }
    }

    /// - Throws: ``DevnetError`` with code `invalidConfiguration`, naming the value.
    func validate() throws(DevnetError) {
        func require(_ condition: Bool, _ message: String) throws(DevnetError) {
            guard condition else { throw DevnetError(.invalidConfiguration, message) }
        }
        try require(
            allowsNonLoopback || Self.isLoopback(host),
            "host \(host) is not a loopback address: anyone who reaches a local chain can write to it; set "
                + "allow_non_loopback to listen there")
        try require((0...65_535).contains(port), "port \(port) is not within 0...65535")
        try require(blockTime >= .milliseconds(50), "block_time is under 50 ms")
        try require(finalityLag <= 16, "finality_lag \(finalityLag) is over 16")
        try require((64...65_536).contains(history), "history \(history) is not within 64...65536")
        let netuids = Set(subnets.map(\.netuid))
        try require(netuids.count == subnets.count, "a netuid is configured twice")
        for subnet in subnets {
            let netuid = subnet.netuid.rawValue
            try require((1..<4_096).contains(netuid), "netuid \(netuid) is not within 1...4095")
            try require(subnet.neurons.count <= 256, "subnet \(netuid) has over 256 neurons")
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "::1" || host == "localhost"
            || (host.hasPrefix("127.") && host.allSatisfy { "0123456789.".contains($0) })
    }
}
