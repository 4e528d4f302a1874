import Signing
import Subtensor

extension RuntimeStruct where Source == SubnetView {
    private typealias Shares = [Compact<PerU16>]
    private typealias Amounts = [Compact<AlphaBalance>]

    /// - Source: spec 461, `pallet_subtensor::rpc_info::metagraph::Metagraph`.
    static let metagraph = Self("pallet_subtensor::rpc_info::metagraph::Metagraph", metagraphFields + collateral)

    private static let metagraphFields: [Field] = identity + counters + pools + parameterFields + columns + stakes

    private static let identity: [Field] = [
        Field("netuid") { Compact(Netuid($0.netuid.rawValue + UInt16($0.mechanism) * 4_096)) },
        Field("name") { $0.name.map { Compact($0) } },
        Field("symbol") { $0.parameters.symbol.map { Compact($0) } },
        Field("identity") { _ in SubnetIdentity?.none },
        Field("network_registered_at") { Compact($0.parameters.registeredAt) },
        Field("owner_hotkey") { $0.parameters.ownerHotkey },
        Field("owner_coldkey") { $0.parameters.owner },
    ]

    private static let counters: [Field] = [
        Field("block") { Compact($0.block) },
        Field("tempo") { Compact($0.parameters.tempo) },
        Field("last_step") { Compact($0.parameters.lastStep) },
        Field("blocks_since_last_step") { Compact($0.parameters.blocksSinceLastStep) },
    ]

    /// The local chain has no pools: alpha stands at par with TAO and nothing is pending.
    private static let pools: [Field] = [
        Field("subnet_emission") { _ in Compact(UInt64(0)) },
        Field("alpha_in") { _ in Compact(AlphaBalance(0)) },
        Field("alpha_out") { Compact(AlphaBalance($0.totalStake)) },
        Field("tao_in") { _ in Compact(TaoBalance(0)) },
        Field("alpha_out_emission") { _ in Compact(AlphaBalance(1_000_000_000)) },
        Field("alpha_in_emission") { _ in Compact(AlphaBalance(0)) },
        Field("tao_in_emission") { _ in Compact(TaoBalance(0)) },
        Field("pending_alpha_emission") { _ in Compact(AlphaBalance(0)) },
        Field("pending_root_emission") { _ in Compact(TaoBalance(0)) },
        Field("subnet_volume") { _ in Compact(UInt128(0)) },
        Field("moving_price") { _ in FixedI128(1) },
    ]

    private static let parameterFields: [Field] = [
        Field("rho") { Compact($0.parameters.rho) },
        Field("kappa") { Compact($0.parameters.kappa) },
        Field("min_allowed_weights") { Compact($0.parameters.minAllowedWeights) },
        Field("max_weights_limit") { Compact($0.parameters.maxWeightsLimit) },
        Field("weights_version") { Compact($0.parameters.weightsVersion) },
        Field("weights_rate_limit") { Compact($0.parameters.weightsRateLimit) },
        Field("activity_cutoff") { Compact($0.parameters.activityCutoff) },
        Field("max_validators") { Compact($0.parameters.maxValidators) },
        Field("num_uids") { Compact($0.parameters.uidCount) },
        Field("max_uids") { Compact($0.parameters.maxUids) },
        Field("burn") { Compact($0.parameters.burn) },
        Field("difficulty") { Compact($0.parameters.difficulty) },
        Field("registration_allowed") { $0.parameters.registrationAllowed },
        Field("pow_registration_allowed") { $0.parameters.powRegistrationAllowed },
        Field("immunity_period") { Compact($0.parameters.immunityPeriod) },
        Field("min_difficulty") { Compact($0.parameters.minDifficulty) },
        Field("max_difficulty") { Compact($0.parameters.maxDifficulty) },
        Field("min_burn") { Compact($0.parameters.minBurn) },
        Field("max_burn") { Compact($0.parameters.maxBurn) },
        Field("adjustment_alpha") { Compact($0.parameters.adjustmentAlpha) },
        Field("adjustment_interval") { Compact($0.parameters.adjustmentInterval) },
        Field("target_regs_per_interval") { Compact($0.parameters.targetRegistrations) },
        Field("max_regs_per_block") { Compact($0.parameters.maxRegistrationsPerBlock) },
        Field("serving_rate_limit") { Compact($0.parameters.servingRateLimit) },
        Field("commit_reveal_weights_enabled") { $0.parameters.isCommitRevealEnabled },
        Field("commit_reveal_period") { Compact($0.parameters.revealPeriod) },
        Field("liquid_alpha_enabled") { $0.parameters.isLiquidAlphaEnabled },
        Field("alpha_high") { Compact($0.parameters.alpha.second) },
        Field("alpha_low") { Compact($0.parameters.alpha.first) },
        Field("bonds_moving_avg") { Compact($0.parameters.bondsMovingAverage) },
    ]

    private static let columns: [Field] = [
        Field("hotkeys") { $0.hotkeys },
        Field("coldkeys") { $0.coldkeys },
        Field("identities") { $0.uids.map { _ in AccountIdentity?.none } },
        Field("axons") { $0.axons },
        Field("active") { $0.active },
        Field("validator_permit") { $0.permit },
        Field("pruning_score") { $0.uids.map { _ in Compact(UInt16(0)) } },
        Field("last_update") { $0.lastUpdate.map { Compact($0) } },
        Field("emission") { $0.emission.map { Compact($0) } },
        Field("dividends") { $0.dividends.map { Compact($0) } },
        Field("incentives") { $0.incentives.map { Compact($0) } },
        Field("consensus") { $0.consensus.map { Compact($0) } },
        Field("trust") { $0.uids.map { _ in Compact(PerU16(integer: 0)) } },
        Field("rank") { $0.uids.map { _ in Compact(UInt16(0)) } },
        Field("block_at_registration") { $0.registeredAt.map { Compact($0) } },
    ]

    private static let stakes: [Field] = [
        Field("alpha_stake") { $0.stake.map { Compact(AlphaBalance($0)) } },
        Field("tao_stake") { $0.stake.map { _ in Compact(TaoBalance(0)) } },
        Field("total_stake") { $0.stake.map { Compact(TaoBalance($0)) } },
        Field("tao_dividends_per_hotkey") { _ in [Pair<AccountID, Compact<TaoBalance>>]() },
        Field("alpha_dividends_per_hotkey") { _ in [Pair<AccountID, Compact<AlphaBalance>>]() },
    ]

    private static let collateral: [Field] = ["collateral_locked", "collateral_min", "collateral_earned"].map { name in
        Field(name) { $0.uids.map { _ in Compact(AlphaBalance(0)) } }
    }

    /// The fields of a selective metagraph behind the netuid, by the number a caller asks for them with.
    ///
    /// - Source: spec 461, `pallet_subtensor::rpc_info::metagraph::SelectiveMetagraph`.
    static let selectable: [Field] =
        metagraphFields + [
            Field("validators") { view in
                view.uids.filter { view.permit[Int($0.rawValue)] }.map { Compact($0.rawValue) }
            },
            Field("commitments") { _ in [Pair<AccountID, [Compact<UInt8>]>]() },
        ] + collateral

    static let subnetState = Self(
        "pallet_subtensor::rpc_info::show_subnet::SubnetState",
        [Field("netuid") { Compact($0.netuid) }]
            + columns.filter { !["identities", "axons"].contains($0.name) } + stakes.prefix(3)
            + [Field("emission_history") { $0.uids.map { _ in Amounts() } }])
}

extension SubnetView {
    var name: [UInt8] { [UInt8]("devnet-\(netuid.rawValue)".utf8) }

    /// All neurons' stake in rao, no more than fits.
    var totalStake: UInt64 {
        stake.reduce(0) { sum, stake in
            let (total, overflow) = sum.addingReportingOverflow(stake)
            return overflow ? .max : total
        }
    }
}
