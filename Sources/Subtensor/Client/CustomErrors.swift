/// What Subtensor means by its custom transaction errors.
///
/// - Source: subtensor, `CustomTransactionError`.
enum CustomErrors {
    static let all: [UInt8: (name: String, meaning: String)] = [
        0: ("ColdkeySwapAnnounced", "the coldkey is about to be swapped"),
        1: ("StakeAmountTooLow", "too little stake, for weights: below the subnet's stake threshold"),
        2: ("BalanceTooLow", "the balance does not suffice"),
        3: ("SubnetNotExists", "there is no such subnet"),
        4: ("HotkeyAccountDoesntExist", "the hotkey is not known to the chain"),
        5: ("NotEnoughStakeToWithdraw", "there is less stake than should be withdrawn"),
        6: ("RateLimitExceeded", "too soon after the last one, such as weights within the rate limit"),
        7: ("InsufficientLiquidity", "the pool has too little liquidity"),
        8: ("SlippageTooHigh", "the price would move too far"),
        9: ("TransferDisallowed", "transfers are switched off"),
        10: ("HotKeyNotRegisteredInNetwork", "the hotkey is registered in no subnet"),
        11: ("InvalidIpAddress", "the chain does not take this IP address"),
        12: ("ServingRateLimitExceeded", "the axon was published too recently"),
        13: ("InvalidPort", "port 0 cannot be published"),
        14: ("ZeroMaxAmount", "nothing can be traded at this price"),
        15: ("InvalidRevealRound", "the reveal round has passed already"),
        16: ("CommitNotFound", "there is no such commit"),
        17: ("CommitBlockNotInRevealRange", "it is too early to reveal"),
        18: ("InputLengthsUnequal", "lists that belong together differ in length"),
        19: ("UidNotFound", "the hotkey is not registered in the subnet"),
        20: ("EvmKeyAssociateRateLimitExceeded", "the EVM key was associated too recently"),
        21: ("ColdkeySwapDisputed", "the coldkey's swap is disputed"),
        22: ("InvalidRealAccount", "the proxied account is not valid"),
        23: ("FailedShieldedTxParsing", "the shielded transaction cannot be read"),
        24: ("InvalidShieldedTxPubKeyHash", "the shielded transaction is for another key"),
        25: ("NonAssociatedColdKey", "the coldkey does not own the hotkey"),
        26: ("DelegateTakeTooLow", "the take is too low"),
        27: ("DelegateTakeTooHigh", "the take is too high"),
        255: ("BadRequest", "the chain gives no reason"),
    ]
}
