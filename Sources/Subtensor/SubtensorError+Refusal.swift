internal import Signing
internal import Substrate

extension SubtensorError {
    /// The error of a call that the chain refused, the same whether its pool did so or its block.
    ///
    /// Nil for what is no refusal: then the error below says all there is to say.
    init?(refusal error: SubstrateError) {
        guard error.code == .invalidTransaction || error.code == .dispatchFailed, let failure = error.failure else {
            return nil
        }
        let code = Self.codes[failure.name] ?? .refused
        let meaning = failure.documentation.isEmpty ? "" : ": \(failure.documentation)"
        let stage = error.code == .dispatchFailed ? "in its block" : "at submission"
        self.init(
            code, "the chain refused \(error.call ?? "the call") \(stage), \(failure.name)\(meaning)",
            source: code == .refused ? .chain : .caller, isRetryable: Self.passing.contains(code), cause: error)
    }

    /// Codes that waiting cures.
    private static let passing: Set<Code> = [.tooSoon, .notInRevealRange, .tooManyCommits, .registrationClosed]

    static var refusalNames: Set<String> { Set(codes.keys) }

    /// By the pool's and the pallet's names.
    ///
    /// - Source: subtensor, `CustomTransactionError` and `pallet_subtensor::Error`.
    private static let codes: [String: Code] = [
        "RateLimitExceeded": .tooSoon, "ServingRateLimitExceeded": .tooSoon, "SettingWeightsTooFast": .tooSoon,
        "CommittingWeightsTooFast": .tooSoon, "NetworkTxRateLimitExceeded": .tooSoon,
        "StakeAmountTooLow": .notEnoughStake, "NotEnoughStakeToSetWeights": .notEnoughStake,
        "HotKeyNotRegisteredInNetwork": .notRegistered, "HotKeyNotRegisteredInSubNet": .notRegistered,
        "UidNotFound": .notRegistered, "HotkeyAccountDoesntExist": .notRegistered,
        "HotKeyAccountNotExists": .notRegistered,
        "BalanceTooLow": .notEnoughBalance, "Payment": .notEnoughBalance,
        "NotEnoughBalanceToStake": .notEnoughBalance, "InsufficientBalance": .notEnoughBalance,
        "BalanceWithdrawalError": .notEnoughBalance, "Token.FundsUnavailable": .notEnoughBalance,
        "NeuronNoValidatorPermit": .noValidatorPermit,
        "SubnetNotExists": .subnetNotFound, "MechanismDoesNotExist": .subnetNotFound,
        "RegistrationNotPermittedOnRootSubnet": .registrationClosed,
        "IncorrectWeightVersionKey": .wrongVersionKey,
        "CommitRevealEnabled": .commitRevealRequired, "CommitRevealDisabled": .commitRevealDisabled,
        "InvalidRevealRound": .invalidRevealRound, "IncorrectCommitRevealVersion": .runtimeLacks,
        "CommitNotFound": .commitNotFound, "NoWeightsCommitFound": .commitNotFound,
        "InvalidRevealCommitHashNotMatch": .commitNotFound,
        "CommitBlockNotInRevealRange": .notInRevealRange, "RevealTooEarly": .notInRevealRange,
        "ExpiredWeightCommit": .notInRevealRange, "TooManyUnrevealedCommits": .tooManyCommits,
        "InputLengthsUnequal": .invalidWeights, "WeightVecNotEqualSize": .invalidWeights,
        "DuplicateUids": .invalidWeights, "UidVecContainInvalidOne": .invalidWeights,
        "MaxWeightExceeded": .invalidWeights, "UidsLengthExceedUidsInSubNet": .invalidWeights,
        "WeightVecLengthIsLow": .tooFewWeights,
        "InvalidIpAddress": .invalidAxon, "InvalidPort": .invalidAxon, "InvalidIpType": .invalidAxon,
        "HotKeyAlreadyRegisteredInSubNet": .alreadyRegistered,
        "SubNetRegistrationDisabled": .registrationClosed, "TooManyRegistrationsThisBlock": .registrationClosed,
        "TooManyRegistrationsThisInterval": .registrationClosed,
        "RegistrationPriceLimitExceeded": .costTooHigh,
    ]
}

extension SubtensorClient {
    /// Signs, submits and follows a call; what the chain refuses ends in a ``SubtensorError``.
    func submit(_ call: RuntimeCall, by signer: SR25519KeyPair, tip: UInt64 = 0) async throws -> FinalizedExtrinsic {
        do {
            return try await chain.submitAndWatch(call, by: signer, tip: tip)
        } catch let error as SubstrateError {
            throw SubtensorError(refusal: error) ?? error
        }
    }
}
