internal import Substrate

extension AssumedAPIs {
    /// The runtime APIs that Bittensor's users cannot do without.
    ///
    /// Integers that are compact on the wire are given their widest form, which reads the narrower ones too.
    ///
    /// - Source: subtensor, `pallet_subtensor_rpc_info` and `pallet_subtensor_swap_runtime_api`, runtime spec 343.
    static let subtensor = AssumedAPIs(methods: subtensorMethods, structs: subtensorStructs)

    private static let subtensorMethods: [Method] = [
        Method(
            api: "NeuronInfoRuntimeApi", name: "get_neurons_lite", inputs: [("netuid", "u16")],
            output: "Vec<NeuronInfoLite>"),
        Method(
            api: "NeuronInfoRuntimeApi", name: "get_neuron_lite", inputs: [("netuid", "u16"), ("uid", "u16")],
            output: "Option<NeuronInfoLite>"),
        Method(
            api: "SubnetInfoRuntimeApi", name: "get_metagraph", inputs: [("netuid", "u16")],
            output: "Option<Metagraph>"),
        Method(
            api: "SubnetInfoRuntimeApi", name: "get_subnet_hyperparams", inputs: [("netuid", "u16")],
            output: "Option<SubnetHyperparams>"),
        Method(
            api: "SubnetInfoRuntimeApi", name: "get_all_dynamic_info", inputs: [], output: "Vec<Option<DynamicInfo>>"),
        Method(
            api: "SwapRuntimeApi", name: "current_alpha_price", inputs: [("netuid", "u16")], output: "u64"),
    ]

    private static let subtensorStructs: [String: String] = [
        "AxonInfo": """
        block:u64 version:u32 ip:u128 port:u16 ip_type:u8 protocol:u8 placeholder1:u8 placeholder2:u8
        """,
        "PrometheusInfo": "block:u64 version:u32 ip:u128 port:u16 ip_type:u8",
        "Fixed": "bits:i128",
        "SubnetIdentity": """
        subnet_name:Vec<u8> github_repo:Vec<u8> subnet_contact:Vec<u8> subnet_url:Vec<u8> discord:Vec<u8> \
        description:Vec<u8> logo_url:Vec<u8> additional:Vec<u8>
        """,
        "ChainIdentity": """
        name:Vec<u8> url:Vec<u8> github_repo:Vec<u8> image:Vec<u8> discord:Vec<u8> description:Vec<u8> \
        additional:Vec<u8>
        """,
        "NeuronInfoLite": """
        hotkey:Account coldkey:Account uid:C16 netuid:C16 active:bool axon_info:AxonInfo \
        prometheus_info:PrometheusInfo stake:Vec<(Account,C64)> rank:C16 emission:C64 incentive:C16 consensus:C16 \
        trust:C16 validator_trust:C16 dividends:C16 last_update:C64 validator_permit:bool pruning_score:C16
        """,
        "Metagraph": """
        netuid:C16 name:Vec<C8> symbol:Vec<C8> identity:Option<SubnetIdentity> network_registered_at:C64 \
        owner_hotkey:Account owner_coldkey:Account block:C64 tempo:C16 last_step:C64 blocks_since_last_step:C64 \
        subnet_emission:C64 alpha_in:C64 alpha_out:C64 tao_in:C64 alpha_out_emission:C64 alpha_in_emission:C64 \
        tao_in_emission:C64 pending_alpha_emission:C64 pending_root_emission:C64 subnet_volume:C128 \
        moving_price:Fixed rho:C16 kappa:C16 min_allowed_weights:C16 max_weights_limit:C16 weights_version:C64 \
        weights_rate_limit:C64 activity_cutoff:C64 max_validators:C16 num_uids:C16 max_uids:C16 burn:C64 \
        difficulty:C64 registration_allowed:bool pow_registration_allowed:bool immunity_period:C16 \
        min_difficulty:C64 max_difficulty:C64 min_burn:C64 max_burn:C64 adjustment_alpha:C64 \
        adjustment_interval:C16 target_regs_per_interval:C16 max_regs_per_block:C16 serving_rate_limit:C64 \
        commit_reveal_weights_enabled:bool commit_reveal_period:C64 liquid_alpha_enabled:bool alpha_high:C16 \
        alpha_low:C16 bonds_moving_avg:C64 hotkeys:Vec<Account> coldkeys:Vec<Account> \
        identities:Vec<Option<ChainIdentity>> axons:Vec<AxonInfo> active:Vec<bool> validator_permit:Vec<bool> \
        pruning_score:Vec<C16> last_update:Vec<C64> emission:Vec<C64> dividends:Vec<C16> incentives:Vec<C16> \
        consensus:Vec<C16> trust:Vec<C16> rank:Vec<C16> block_at_registration:Vec<C64> alpha_stake:Vec<C64> \
        tao_stake:Vec<C64> total_stake:Vec<C64> tao_dividends_per_hotkey:Vec<(Account,C64)> \
        alpha_dividends_per_hotkey:Vec<(Account,C64)>
        """,
        "SubnetHyperparams": """
        rho:C16 kappa:C16 immunity_period:C16 min_allowed_weights:C16 max_weights_limit:C16 tempo:C16 \
        min_difficulty:C64 max_difficulty:C64 weights_version:C64 weights_rate_limit:C64 adjustment_interval:C16 \
        activity_cutoff:C64 registration_allowed:bool target_regs_per_interval:C16 min_burn:C64 max_burn:C64 \
        bonds_moving_avg:C64 max_regs_per_block:C16 serving_rate_limit:C64 max_validators:C16 adjustment_alpha:C64 \
        difficulty:C64 commit_reveal_period:C64 commit_reveal_weights_enabled:bool alpha_high:C16 alpha_low:C16 \
        liquid_alpha_enabled:bool
        """,
        "DynamicInfo": """
        netuid:C16 owner_hotkey:Account owner_coldkey:Account subnet_name:Vec<C8> token_symbol:Vec<C8> tempo:C16 \
        last_step:C64 blocks_since_last_step:C64 emission:C64 alpha_in:C64 alpha_out:C64 tao_in:C64 \
        alpha_out_emission:C64 alpha_in_emission:C64 tao_in_emission:C64 pending_alpha_emission:C64 \
        pending_root_emission:C64 subnet_volume:C128 network_registered_at:C64 \
        subnet_identity:Option<SubnetIdentity> moving_price:Fixed
        """,
    ]
}
