/// An error of the pallet `SubtensorModule`.
struct PalletError: Error, Hashable, Sendable {
    let name: String

    private init(_ name: String) { self.name = name }

    /// Its number in the pallet's error type.
    var index: UInt8 {
        guard let index = Self.numbers[name] else { preconditionFailure("\(name) is no error of the pallet") }
        return index
    }

    static let invalidIpType = Self("InvalidIpType")
    static let invalidIpAddress = Self("InvalidIpAddress")
    static let invalidPort = Self("InvalidPort")
    static let hotKeyNotRegisteredInSubNet = Self("HotKeyNotRegisteredInSubNet")
    static let notEnoughStakeToSetWeights = Self("NotEnoughStakeToSetWeights")
    static let notEnoughBalanceToStake = Self("NotEnoughBalanceToStake")
    static let neuronNoValidatorPermit = Self("NeuronNoValidatorPermit")
    static let weightVecNotEqualSize = Self("WeightVecNotEqualSize")
    static let duplicateUids = Self("DuplicateUids")
    static let uidVecContainInvalidOne = Self("UidVecContainInvalidOne")
    static let weightVecLengthIsLow = Self("WeightVecLengthIsLow")
    static let hotKeyAlreadyRegisteredInSubNet = Self("HotKeyAlreadyRegisteredInSubNet")
    static let maxWeightExceeded = Self("MaxWeightExceeded")
    static let settingWeightsTooFast = Self("SettingWeightsTooFast")
    static let incorrectWeightVersionKey = Self("IncorrectWeightVersionKey")
    static let servingRateLimitExceeded = Self("ServingRateLimitExceeded")
    static let uidsLengthExceedUidsInSubNet = Self("UidsLengthExceedUidsInSubNet")
    static let subNetRegistrationDisabled = Self("SubNetRegistrationDisabled")
    static let canNotSetRootNetworkWeights = Self("CanNotSetRootNetworkWeights")
    static let noNeuronIdAvailable = Self("NoNeuronIdAvailable")
    static let commitRevealEnabled = Self("CommitRevealEnabled")
    static let commitRevealDisabled = Self("CommitRevealDisabled")
    static let mechanismDoesNotExist = Self("MechanismDoesNotExist")
    static let subnetNotExists = Self("SubnetNotExists")
    static let callDisabled = Self("CallDisabled")
    static let registrationPriceLimitExceeded = Self("RegistrationPriceLimitExceeded")
    static let nonAssociatedColdKey = Self("NonAssociatedColdKey")

    /// All of them for the metadata. Clients look errors up by position, so none may be left out.
    static let variants: [TypeDeclaration.Variant] = names.enumerated().map {
        .init($1, UInt8($0), docs: documentation[$1].map { [$0] } ?? [])
    }

    private static let numbers = Dictionary(
        uniqueKeysWithValues: names.enumerated().map { ($1, UInt8($0)) })

    private static let documentation = [
        "InvalidIpType": "The axon's address is neither of type 4 (IPv4) nor of type 6 (IPv6).",
        "InvalidIpAddress": "The axon's address is not a usable one.",
        "InvalidPort": "The axon's port is 0.",
        "HotKeyNotRegisteredInSubNet": "The hotkey is not registered in the subnet.",
        "NotEnoughStakeToSetWeights": "The hotkey has less than the stake needed to set weights.",
        "NeuronNoValidatorPermit": "Only permitted validators may set weights for others.",
        "SettingWeightsTooFast": "The hotkey set weights less than the rate limit's blocks ago.",
        "IncorrectWeightVersionKey": "The version key is below the subnet's.",
        "CommitRevealEnabled": "Plain weights cannot be set while commit-reveal is enabled.",
        "CommitRevealDisabled": "Weights cannot be committed while commit-reveal is disabled.",
        "CallDisabled": "The local chain does not carry out this call.",
    ]

    /// In the order of their numbers at spec 461.
    private static let names = """
        RootNetworkDoesNotExist InvalidIpType InvalidIpAddress InvalidPort HotKeyNotRegisteredInSubNet
        HotKeyAccountNotExists HotKeyNotRegisteredInNetwork NonAssociatedColdKey NotEnoughStake
        NotEnoughStakeToWithdraw NotEnoughStakeToSetWeights NotEnoughStakeToSetChildkeys NotEnoughBalanceToStake
        BalanceWithdrawalError ZeroBalanceAfterWithdrawn NeuronNoValidatorPermit WeightVecNotEqualSize
        DuplicateUids UidVecContainInvalidOne WeightVecLengthIsLow TooManyRegistrationsThisBlock
        HotKeyAlreadyRegisteredInSubNet NewHotKeyIsSameWithOld NewHotKeyNotCleanForRootSwap InvalidWorkBlock
        InvalidDifficulty InvalidSeal MaxWeightExceeded HotKeyAlreadyDelegate SettingWeightsTooFast
        IncorrectWeightVersionKey ServingRateLimitExceeded UidsLengthExceedUidsInSubNet NetworkTxRateLimitExceeded
        DelegateTxRateLimitExceeded HotKeySetTxRateLimitExceeded StakingRateLimitExceeded
        SubNetRegistrationDisabled TooManyRegistrationsThisInterval TransactorAccountShouldBeHotKey FaucetDisabled
        NotSubnetOwner RegistrationNotPermittedOnRootSubnet StakeTooLowForRoot AllNetworksInImmunity
        NotEnoughBalanceToPaySwapHotKey NotRootSubnet CanNotSetRootNetworkWeights NoNeuronIdAvailable
        DelegateTakeTooLow DelegateTakeTooHigh NoWeightsCommitFound InvalidRevealCommitHashNotMatch
        CommitRevealEnabled CommitRevealDisabled LiquidAlphaDisabled AlphaHighTooLow AlphaLowOutOfRange
        ColdKeyAlreadyAssociated NotEnoughBalanceToPaySwapColdKey InvalidChild DuplicateChild ProportionOverflow
        TooManyChildren TxRateLimitExceeded ColdkeySwapAnnouncementNotFound ColdkeySwapTooEarly
        ColdkeySwapReannouncedTooEarly AnnouncedColdkeyHashDoesNotMatch ColdkeySwapAlreadyDisputed
        NewColdKeyIsHotkey InvalidChildkeyTake TxChildkeyTakeRateLimitExceeded InvalidIdentity
        MechanismDoesNotExist StakeUnavailable SubnetNotExists TooManyUnrevealedCommits ExpiredWeightCommit
        RevealTooEarly InputLengthsUnequal CommittingWeightsTooFast AmountTooLow InsufficientLiquidity
        SlippageTooHigh TransferDisallowed ActivityCutoffTooLow CallDisabled FirstEmissionBlockNumberAlreadySet
        NeedWaitingMoreBlocksToStarCall NotEnoughAlphaOutToRecycle CannotBurnOrRecycleOnRootSubnet
        UnableToRecoverPublicKey InvalidRecoveredPublicKey SubtokenDisabled HotKeySwapOnSubnetIntervalNotPassed
        KeepStakeBlockedByCollateral SameNetuid InsufficientTaoBalance InvalidLeaseBeneficiary
        LeaseCannotEndInThePast LeaseNetuidNotFound LeaseDoesNotExist LeaseHasNoEndBlock LeaseHasNotEnded Overflow
        BeneficiaryDoesNotOwnHotkey ExpectedBeneficiaryOrigin AdminActionProhibitedDuringWeightsWindow
        SymbolDoesNotExist SymbolAlreadyInUse IncorrectCommitRevealVersion InvalidRevealRound RevealPeriodTooLarge
        RevealPeriodTooSmall InvalidValue SubnetLimitReached CannotAffordLockCost EvmKeyAssociateRateLimitExceeded
        EvmKeyAssociationLimitExceeded SameAutoStakeHotkeyAlreadySet UidMapCouldNotBeCleared
        TrimmingWouldExceedMaxImmunePercentage ChildParentInconsistency InvalidRootClaimThreshold
        TooManyUIDsPerMechanism VotingPowerTrackingNotEnabled InvalidVotingPowerEmaAlpha Deprecated
        SubnetBuybackRateLimitExceeded NetworkDissolveAlreadyQueued AddStakeBurnRateLimitExceeded
        ColdkeySwapAnnounced ColdkeySwapDisputed ColdkeySwapClearTooEarly DisabledTemporarily
        RegistrationPriceLimitExceeded LockHotkeyMismatch InsufficientStakeForLock NoExistingLock ActiveLockExists
        CannotUseSystemAccount UnlockAmountTooHigh WaitingForDissolvedSubnetCleanup TempoOutOfBounds
        ActivityCutoffFactorMilliOutOfBounds EpochTriggerAlreadyPending AutoEpochAlreadyImminent
        DynamicTempoBlockedByCommitReveal AccountRejectsLockedAlpha LockIdOverFlow StartCallNotReady
        InsufficientAlphaBalance ColdkeyCollateralIncomplete ColdkeyCollateralPositionsFull BasketHasNoWeights
        RootStakeLocked BetaBasketSeedInProgress RootWeightSettingDisabled RootClaimTooHeavy
        BasketConcentrationCapExceeded BasketDepositPending BasketTradingDisabled BasketTradingFrozen
        BasketTurnoverBudgetExceeded BasketSameSubnet BasketLiquidityCapExceeded BasketMinOutNotMet
        """.split(whereSeparator: \.isWhitespace).map(String.init)
}
