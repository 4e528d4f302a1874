internal import Neurons
public import Signing
public import Subtensor
internal import Synchronization

/// What this gateway has seen of each miner lately: who to leave alone for a while, and how good the others were.
///
/// Kept per (netuid, hotkey): a UID is a slot that passes to another hotkey.
public final class MinerHealth: Sendable {
    struct Key: Hashable {
        let netuid: Netuid
        let hotkey: Hotkey
    }

    struct State {
        var consecutiveFailures = 0
        /// No attempt before this instant: the breaker is open.
        var breakerOpenUntil: ContinuousClock.Instant?
        /// Share of attempts that were answered, moving average; starts in the middle.
        var reliability = 0.5
        /// Correctness and agreement, moving average; starts in the middle.
        var quality = 0.5
        /// Seconds to the first piece of an answer, moving average; nil before the first answer.
        var latency: Double?
        /// Until then it is asked for plain answers: it said it has no streaming synapse.
        var plainOnlyUntil: ContinuousClock.Instant?
    }

    /// What a miner that has not answered yet is taken to need, seconds.
    static let assumedLatency = 0.5
    /// Failures in a row that open a miner's breaker.
    static let failuresToOpen = 3
    static let longestPause: Duration = .seconds(60)
    static let plainOnlyLifetime: Duration = .seconds(600)
    private static let smoothing = 0.2

    private let states = Mutex<[Key: State]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    public init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) { self.now = now }

    /// Learns from an attempt.
    public func record(_ observation: Observation) {
        let key = Key(netuid: observation.netuid, hotkey: observation.miner.hotkey)
        states.withLock { states in
            var state = states[key] ?? State()
            switch observation.outcome {
            case .answered:
                state.consecutiveFailures = 0
                state.breakerOpenUntil = nil
                state.reliability += Self.smoothing * (1 - state.reliability)
                let latency = (observation.firstChunk ?? observation.latency) / .seconds(1)
                state.latency = state.latency.map { $0 + Self.smoothing * (latency - $0) } ?? latency
            case .failed:
                state.consecutiveFailures += 1
                state.reliability -= Self.smoothing * state.reliability
                if state.consecutiveFailures >= Self.failuresToOpen {
                    let doublings = min(state.consecutiveFailures - Self.failuresToOpen, 6)
                    state.breakerOpenUntil = now() + min(.seconds(1 << doublings), Self.longestPause)
                }
            case .abandoned: break
            }
            if let quality = observation.correctness ?? observation.agreement {
                state.quality += Self.smoothing * (quality - state.quality)
            }
            states[key] = state
        }
    }

    /// Forgets miners that left the subnet.
    public func retain(_ hotkeys: Set<Hotkey>, in netuid: Netuid) {
        states.withLock { states in
            states = states.filter { $0.key.netuid != netuid || hotkeys.contains($0.key.hotkey) }
        }
    }

    func state(of miner: Miner, in netuid: Netuid) -> State {
        states.withLock { $0[Key(netuid: netuid, hotkey: miner.hotkey)] ?? State() }
    }

    func isPlainOnly(_ miner: Miner, in netuid: Netuid) -> Bool {
        guard let until = state(of: miner, in: netuid).plainOnlyUntil else { return false }
        return until > now()
    }

    func markPlainOnly(_ miner: Miner, in netuid: Netuid) {
        let until = now() + Self.plainOnlyLifetime
        states.withLock { $0[Key(netuid: netuid, hotkey: miner.hotkey), default: State()].plainOnlyUntil = until }
    }
}
