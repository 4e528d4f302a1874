import Signing
import Substrate
import Subtensor

extension RuntimeStruct where Source == SubnetView {
    /// - Source: spec 461, `pallet_subtensor::rpc_info::subnet_info::SubnetHyperparams`.
    static let hyperparameters = Self(
        "pallet_subtensor::rpc_info::subnet_info::SubnetHyperparams", hyperparameterFields)

    static let hyperparametersV2 = Self(
        "pallet_subtensor::rpc_info::subnet_info::SubnetHyperparamsV2",
        hyperparameterFields + [
            Field("alpha_sigmoid_steepness") { _ in FixedI64(1_000) },
            Field("yuma_version") { Compact(UInt16($0.parameters.isYuma3 ? 3 : 2)) },
            Field("subnet_is_active") { _ in true },
            Field("transfers_enabled") { _ in true },
            Field("bonds_reset_enabled") { _ in false },
            Field("user_liquidity_enabled") { _ in false },
        ])

    private static let hyperparameterFields: [Field] = [
        Field("rho") { Compact($0.parameters.rho) },
        Field("kappa") { Compact($0.parameters.kappa) },
        Field("immunity_period") { Compact($0.parameters.immunityPeriod) },
        Field("min_allowed_weights") { Compact($0.parameters.minAllowedWeights) },
        Field("max_weights_limit") { Compact($0.parameters.maxWeightsLimit) },
        Field("tempo") { Compact($0.parameters.tempo) },
        Field("min_difficulty") { Compact($0.parameters.minDifficulty) },
        Field("max_difficulty") { Compact($0.parameters.maxDifficulty) },
        Field("weights_version") { Compact($0.parameters.weightsVersion) },
        Field("weights_rate_limit") { Compact($0.parameters.weightsRateLimit) },
        Field("adjustment_interval") { Compact($0.parameters.adjustmentInterval) },
        Field("activity_cutoff") { Compact($0.parameters.activityCutoff) },
        Field("registration_allowed") { $0.parameters.registrationAllowed },
        Field("target_regs_per_interval") { Compact($0.parameters.targetRegistrations) },
        Field("min_burn") { Compact($0.parameters.minBurn) },
        Field("max_burn") { Compact($0.parameters.maxBurn) },
        Field("bonds_moving_avg") { Compact($0.parameters.bondsMovingAverage) },
        Field("max_regs_per_block") { Compact($0.parameters.maxRegistrationsPerBlock) },
        Field("serving_rate_limit") { Compact($0.parameters.servingRateLimit) },
        Field("max_validators") { Compact($0.parameters.maxValidators) },
        Field("adjustment_alpha") { Compact($0.parameters.adjustmentAlpha) },
        Field("difficulty") { Compact($0.parameters.difficulty) },
        Field("commit_reveal_period") { Compact($0.parameters.revealPeriod) },
        Field("commit_reveal_weights_enabled") { $0.parameters.isCommitRevealEnabled },
        Field("alpha_high") { Compact($0.parameters.alpha.second) },
        Field("alpha_low") { Compact($0.parameters.alpha.first) },
        Field("liquid_alpha_enabled") { $0.parameters.isLiquidAlphaEnabled },
    ]

    /// - Source: spec 461, `pallet_subtensor::rpc_info::dynamic_info::DynamicInfo`.
    static let dynamicInfo = Self(
        "pallet_subtensor::rpc_info::dynamic_info::DynamicInfo",
        [
            Field("netuid") { Compact($0.netuid) },
            Field("owner_hotkey") { $0.parameters.ownerHotkey },
            Field("owner_coldkey") { $0.parameters.owner },
            Field("subnet_name") { $0.name.map { Compact($0) } },
            Field("token_symbol") { $0.parameters.symbol.map { Compact($0) } },
            Field("tempo") { Compact($0.parameters.tempo) },
            Field("last_step") { Compact($0.parameters.lastStep) },
            Field("blocks_since_last_step") { Compact($0.parameters.blocksSinceLastStep) },
            Field("emission") { _ in Compact(UInt64(0)) },
            Field("alpha_in") { _ in Compact(AlphaBalance(0)) },
            Field("alpha_out") { Compact(AlphaBalance($0.totalStake)) },
            Field("tao_in") { _ in Compact(TaoBalance(0)) },
            Field("alpha_out_emission") { _ in Compact(AlphaBalance(1_000_000_000)) },
            Field("alpha_in_emission") { _ in Compact(AlphaBalance(0)) },
            Field("tao_in_emission") { _ in Compact(TaoBalance(0)) },
            Field("pending_alpha_emission") { _ in Compact(AlphaBalance(0)) },
            Field("pending_root_emission") { _ in Compact(TaoBalance(0)) },
            Field("subnet_volume") { _ in Compact(UInt128(0)) },
            Field("network_registered_at") { Compact($0.parameters.registeredAt) },
            Field("subnet_identity") { _ in SubnetIdentity?.none },
            Field("moving_price") { _ in FixedI128(1) },
        ])

    /// - Source: spec 461, `pallet_subtensor::rpc_info::subnet_info::SubnetInfov2`.
    static let subnetInfo = Self(
        "pallet_subtensor::rpc_info::subnet_info::SubnetInfov2",
        [
            Field("netuid") { Compact($0.netuid) },
            Field("rho") { Compact($0.parameters.rho) },
            Field("kappa") { Compact($0.parameters.kappa) },
            Field("difficulty") { Compact($0.parameters.difficulty) },
            Field("immunity_period") { Compact($0.parameters.immunityPeriod) },
            Field("max_allowed_validators") { Compact($0.parameters.maxValidators) },
            Field("min_allowed_weights") { Compact($0.parameters.minAllowedWeights) },
            Field("max_weights_limit") { Compact($0.parameters.maxWeightsLimit) },
            Field("scaling_law_power") { _ in Compact(UInt16(50)) },
            Field("subnetwork_n") { Compact($0.parameters.uidCount) },
            Field("max_allowed_uids") { Compact($0.parameters.maxUids) },
            Field("blocks_since_last_step") { Compact($0.parameters.blocksSinceLastStep) },
            Field("tempo") { Compact($0.parameters.tempo) },
            Field("network_modality") { _ in Compact(UInt16(0)) },
            Field("network_connect") { _ in [ConnectionRequirement]() },
            Field("emission_value") { _ in Compact(UInt64(0)) },
            Field("burn") { Compact($0.parameters.burn) },
            Field("owner") { $0.parameters.owner },
            Field("identity") { _ in SubnetIdentity?.none },
        ])
}

/// Hyperparameters as entries that describe themselves, so that runtimes can add some without breaking clients.
///
/// - Source: spec 461, `get_subnet_hyperparams_v3`.
struct HyperparameterEntries {
    static let typeName = "Vec<HyperparamEntry>"
    let view: SubnetView

    static let declarations: [TypeDeclaration] = [
        .composite(
            "pallet_subtensor::rpc_info::subnet_info::HyperparamEntry",
            ["name": "Vec<u8>", "value": "HyperparamValue"]),
        .variant(
            "pallet_subtensor::rpc_info::subnet_info::HyperparamValue",
            kinds.enumerated().map { .init($1.name, UInt8($0), ["": $1.typeName]) }),
    ]

    /// A variant for each type a value can have.
    private static let kinds: [(name: String, typeName: String)] = [
        ("Bool", Bool.typeName), ("U16", Compact<UInt16>.typeName), ("U32", Compact<UInt32>.typeName),
        ("U64", Compact<UInt64>.typeName), ("U128", Compact<UInt128>.typeName),
        ("TaoBalance", Compact<TaoBalance>.typeName), ("I32F32", FixedI64.typeName), ("U64F64", "FixedU128"),
    ]

    func encode(to encoder: inout ScaleEncoder) {
        encoder.vector(RuntimeStruct.hyperparametersV2.fields) { encoder, field in
            guard let kind = Self.kinds.firstIndex(where: { $0.typeName == field.typeName }) else {
                preconditionFailure("no variant holds hyperparameter \(field.name)")
            }
            encoder.string(field.name)
            encoder.byte(UInt8(kind))
            field.encode(view, &encoder)
        }
    }
}
