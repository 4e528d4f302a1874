public import Logging
public import Signing
public import Subnets
internal import Substrate
public import Subtensor

/// Turns a subnet's scores into weights and puts them on the chain, once per tempo.
public struct WeightSetter: Sendable {
    /// Scores below this share of the best one get no weight: noise, not service.
    static let threshold = 0.02

    private let configuration: ValidatorConfiguration
    private let netuid: Netuid
    private let book: ScoreBook
    private let metagraphs: MetagraphStore
    private let chain: SubtensorClient
    private let signer: SR25519KeyPair
    private let logger: Logger

    public init(
        _ configuration: ValidatorConfiguration, netuid: Netuid, book: ScoreBook, metagraphs: MetagraphStore,
        chain: SubtensorClient, signer: SR25519KeyPair, logger: Logger
    ) {
        self.configuration = configuration
        self.netuid = netuid
        self.book = book
        self.metagraphs = metagraphs
        self.chain = chain
        self.signer = signer
        self.logger = logger
    }

    /// Follows the chain's blocks until cancelled and sets weights whenever they are due.
    ///
    /// - Parameter blocks: numbers of new heads.
    public func run(blocks: some AsyncSequence<UInt64, Never>) async {
        var lastAttempt: UInt64 = 0
        for await block in blocks {
            if Task.isCancelled { return }
            guard let metagraph = metagraphs.snapshot(of: netuid)?.metagraph else { continue }
            let pause = max(1, UInt64(metagraph.tempo) / 4)
            guard block >= lastAttempt &+ pause || lastAttempt == 0 else { continue }
            lastAttempt = block
            do { try await setIfDue(at: block) } catch {
                if Task.isCancelled { return }
                logger.error(
                    "Weights were not set; the next try is in \(pause) blocks",
                    metadata: [
                        "subnet.netuid": "\(netuid.rawValue)", "chain.block": "\(block)", "error.cause": "\(error)",
                    ])
            }
        }
    }

    /// Sets weights when the last ones are a tempo old and the chain's rate limit allows.
    func setIfDue(at block: UInt64) async throws {
        let metagraph = try await chain.metagraph(of: netuid)
        guard let own = metagraph.neurons.first(where: { $0.hotkey.account == signer.accountID }) else {
            throw ValidatorError(
                "The validator's hotkey \(signer.accountID.ss58) is not registered in subnet \(netuid.rawValue)")
        }
        let rules = try await chain.hyperparameters(of: netuid)
        let interval = max(UInt64(metagraph.tempo), rules.weightsSetRateLimit)
        guard own.lastUpdate == 0 || metagraph.block >= own.lastUpdate &+ interval else { return }
        book.retain(Set(metagraph.neurons.map(\.hotkey)), in: netuid)
        let scores = scores(for: metagraph, except: own.uid)
        guard !scores.isEmpty else { return }
        let weights = try WeightVector(
            scores: scores, maximumWeight: rules.maxWeightsLimit, minimumCount: Int(rules.minAllowedWeights))
        logger.info(
            "Weights computed",
            metadata: [
                "subnet.netuid": "\(netuid.rawValue)", "chain.block": "\(block)",
                "weights": "\(weights.entries.map { "\($0.uid.rawValue):\($0.weight)" }.joined(separator: " "))",
            ])
        guard configuration.setsWeights else { return }
        try await submit(weights, own: own.uid, versionKey: max(configuration.versionKey, rules.weightsVersionKey))
    }

    /// Scores by UID for the hotkeys that hold the slots now.
    private func scores(for metagraph: Metagraph, except own: UID) -> [(uid: UID, score: Double)] {
        let known = metagraph.neurons.compactMap { neuron -> (uid: UID, score: Double)? in
            guard neuron.uid != own, let score = book.score(of: neuron.hotkey, in: netuid),
                score.observations >= configuration.minimumObservations
            else { return nil }
            return (neuron.uid, score.value)
        }
        let best = known.map(\.score).max() ?? 0
        return known.filter { $0.score > 0 && $0.score >= best * Self.threshold }
    }

    /// Submits the way the subnet takes weights, waits for finality, and reads plain weights back from the chain.
    private func submit(_ weights: WeightVector, own: UID, versionKey: UInt64) async throws {
        let receipt = try await chain.setWeights(weights, netuid: netuid, versionKey: versionKey, signer: signer)
        if let reveal = receipt.reveal {
            logger.info(
                "Weights committed; the chain opens them itself",
                metadata: [
                    "subnet.netuid": "\(netuid.rawValue)", "chain.extrinsic_hash": "\(receipt.extrinsicHash)",
                    "chain.reveal_block": "\(reveal.block)", "chain.reveal_round": "\(reveal.round)",
                ])
            return
        }
        let stored = try await chain.weights(setBy: own, netuid: netuid)
        guard stored.map(\.uid) == weights.entries.map(\.uid) else {
            throw ValidatorError("The chain's weights of uid \(own.rawValue) are not the ones that were submitted")
        }
        logger.info(
            "Weights set",
            metadata: [
                "subnet.netuid": "\(netuid.rawValue)", "chain.extrinsic_hash": "\(receipt.extrinsicHash)",
                "chain.block_hash": "\(receipt.blockHash)",
            ])
    }
}

/// Why weights could not be set; the message says what to do.
public struct ValidatorError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
