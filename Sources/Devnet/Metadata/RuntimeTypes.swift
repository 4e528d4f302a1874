/// Types of the framework and of Subtensor, with the paths, names and order that spec 461 gives them.
enum RuntimeTypes {
    static let all = framework + signing + extensions + subtensor + commitments

    private static let framework: [TypeDeclaration] = [
        .composite("sp_core::crypto::AccountId32", ["": "[u8;32]"]),
        .composite("primitive_types::H256", ["": "[u8;32]"]),
        .composite("sp_weights::weight_v2::Weight", ["ref_time": "Compact<u64>", "proof_size": "Compact<u64>"]),
        .composite("sp_core::OpaqueMetadata", ["": "Vec<u8>"]),
        .composite("sp_arithmetic::per_things::PerU16", ["": "u16"]),
        .composite(
            "pallet_balances::types::AccountData",
            ["free": "TaoBalance", "reserved": "TaoBalance", "frozen": "TaoBalance", "flags": "ExtraFlags"],
            parameters: [("Balance", "TaoBalance")]),
        .composite("pallet_balances::types::ExtraFlags", ["": "u128"]),
        .composite(
            "frame_system::AccountInfo",
            [
                "nonce": "u32", "consumers": "u32", "providers": "u32", "sufficients": "u32", "data": "AccountData",
            ], parameters: [("Nonce", "u32"), ("AccountData", "AccountData")]),
        .variant(
            "frame_support::dispatch::DispatchClass",
            [
                .init("Normal", 0), .init("Operational", 1), .init("Mandatory", 2),
            ]),
        .variant("frame_support::dispatch::Pays", [.init("Yes", 0), .init("No", 1)]),
        .composite(
            "frame_system::DispatchEventInfo",
            ["weight": "Weight", "class": "DispatchClass", "pays_fee": "Pays"]),
        .variant(
            "frame_system::Phase",
            [
                .init("ApplyExtrinsic", 0, ["": "u32"]), .init("Finalization", 1), .init("Initialization", 2),
            ]),
        .composite(
            "frame_system::EventRecord", ["phase": "Phase", "event": "RuntimeEvent", "topics": "Vec<H256>"],
            parameters: [("E", "RuntimeEvent"), ("T", "H256")]),
        .composite("sp_runtime::ModuleError", ["index": "u8", "error": "[u8;4]"]),
        .variant(
            "sp_runtime::TokenError",
            variants(
                """
                FundsUnavailable OnlyProvider BelowMinimum CannotCreate UnknownAsset Frozen Unsupported CannotCreateHold
                NotExpendable Blocked
                """)),
        .variant("sp_arithmetic::ArithmeticError", variants("Underflow Overflow DivisionByZero")),
        .variant("sp_runtime::TransactionalError", variants("LimitReached NoLayer")),
        .variant(
            "sp_runtime::proving_trie::TrieError",
            variants(
                """
                InvalidStateRoot IncompleteDatabase ValueAtIncompleteKey DecoderError InvalidHash DuplicateKey
                ExtraneousNode ExtraneousValue ExtraneousHashReference InvalidChildReference ValueMismatch
                IncompleteProof RootMismatch DecodeError
                """)),
        .variant(
            "sp_runtime::DispatchError",
            [
                .init("Other", 0), .init("CannotLookup", 1), .init("BadOrigin", 2),
                .init("Module", 3, ["": "ModuleError"]), .init("ConsumerRemaining", 4), .init("NoProviders", 5),
                .init("TooManyConsumers", 6), .init("Token", 7, ["": "TokenError"]),
                .init("Arithmetic", 8, ["": "ArithmeticError"]), .init("Transactional", 9, ["": "TransactionalError"]),
                .init("Exhausted", 10), .init("Corruption", 11), .init("Unavailable", 12), .init("RootNotAllowed", 13),
                .init("Trie", 14, ["": "TrieError"]),
            ]),
        .composite("thalamus_devnet_runtime::Runtime", [:]),
    ]

    private static let signing: [TypeDeclaration] = [
        TypeDeclaration(
            "sp_runtime::multiaddress::MultiAddress",
            parameters: [("AccountId", "AccountId32"), ("AccountIndex", "()")],
            layout: .variant([
                .init("Id", 0, ["": "AccountId32"]), .init("Index", 1, ["": "Compact<()>"]),
                .init("Raw", 2, ["": "Vec<u8>"]), .init("Address32", 3, ["": "[u8;32]"]),
                .init("Address20", 4, ["": "[u8;20]"]),
            ])),
        .variant(
            "sp_runtime::MultiSignature",
            [
                .init("Ed25519", 0, ["": "[u8;64]"]), .init("Sr25519", 1, ["": "[u8;64]"]),
                .init("Ecdsa", 2, ["": "[u8;65]"]),
            ]),
        .variant(
            "sp_runtime::generic::era::Era",
            [.init("Immortal", 0)] + (UInt8(1)...UInt8.max).map { .init("Mortal\($0)", $0, ["": "u8"]) }),
        .composite(
            "sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic", ["": "Vec<u8>"],
            parameters: [
                ("Address", "MultiAddress"), ("Call", "RuntimeCall"), ("Signature", "MultiSignature"),
                ("Extra", TransactionExtensions.extraType),
            ]),
        .composite(
            "pallet_transaction_payment::types::RuntimeDispatchInfo",
            ["weight": "Weight", "class": "DispatchClass", "partial_fee": "TaoBalance"],
            parameters: [("Balance", "TaoBalance"), ("Weight", "Weight")]),
    ]

    private static let extensions: [TypeDeclaration] =
        TransactionExtensions.all.map {
            TypeDeclaration($0.path, parameters: [("T", nil)], named: $0.identifier, layout: .composite($0.fields))
        } + [.variant("frame_metadata_hash_extension::Mode", [.init("Disabled", 0), .init("Enabled", 1)])]

    private static let subtensor: [TypeDeclaration] = [
        .composite("subtensor_runtime_common::NetUid", ["": "u16"]),
        .composite("subtensor_runtime_common::NetUidStorageIndex", ["": "u16"]),
        .composite("subtensor_runtime_common::MechId", ["": "u8"]),
        .composite("subtensor_runtime_common::currency::TaoBalance", ["": "u64"]),
        .composite("subtensor_runtime_common::currency::AlphaBalance", ["": "u64"]),
        .composite("substrate_fixed::FixedI128", ["bits": "i128"], parameters: [("Frac", nil)]),
        .composite("substrate_fixed::FixedU128", ["bits": "u128"], parameters: [("Frac", nil)]),
        .composite("substrate_fixed::FixedI64", ["bits": "i64"], parameters: [("Frac", nil)]),
        .composite(
            "pallet_subtensor::pallet::AxonInfo",
            [
                "block": "u64", "version": "u32", "ip": "u128", "port": "u16", "ip_type": "u8", "protocol": "u8",
                "placeholder1": "u8", "placeholder2": "u8",
            ]),
        .composite(
            "pallet_subtensor::pallet::PrometheusInfo",
            ["block": "u64", "version": "u32", "ip": "u128", "port": "u16", "ip_type": "u8"]),
        .composite(
            "pallet_subtensor::pallet::NeuronCertificate", ["public_key": "BoundedVec<u8>", "algorithm": "u8"]),
        .composite(
            "pallet_subtensor::pallet::SubnetIdentityV3",
            [
                "subnet_name": "Vec<u8>", "github_repo": "Vec<u8>", "subnet_contact": "Vec<u8>",
                "subnet_url": "Vec<u8>", "discord": "Vec<u8>", "description": "Vec<u8>", "logo_url": "Vec<u8>",
                "additional": "Vec<u8>",
            ]),
        .composite(
            "pallet_subtensor::pallet::ChainIdentityV2",
            [
                "name": "Vec<u8>", "url": "Vec<u8>", "github_repo": "Vec<u8>", "image": "Vec<u8>",
                "discord": "Vec<u8>", "description": "Vec<u8>", "additional": "Vec<u8>",
            ]),
        .variant("pallet_subtensor::pallet::SubnetEpochConsensusMode", variants("Yuma Null")),
        .composite("pallet_subtensor_swap_runtime_api::SubnetPrice", ["netuid": "NetUid", "price": "u64"]),
    ]

    private static let commitments: [TypeDeclaration] = [
        .composite(
            "pallet_commitments::types::Registration",
            ["deposit": "TaoBalance", "block": "u32", "info": "CommitmentInfo"]),
        .composite("pallet_commitments::types::CommitmentInfo", ["fields": "BoundedVec<Data>"]),
        .variant(
            "pallet_commitments::types::Data",
            [.init("None", 0)] + (UInt8(0)...128).map { .init("Raw\($0)", $0 + 1, ["": "[u8;\($0)]"]) } + [
                .init("BlakeTwo256", 130, ["": "[u8;32]"]), .init("Sha256", 131, ["": "[u8;32]"]),
                .init("Keccak256", 132, ["": "[u8;32]"]), .init("ShaThree256", 133, ["": "[u8;32]"]),
                .init("TimelockEncrypted", 134, ["encrypted": "BoundedVec<u8>", "reveal_round": "u64"]),
                .init("ResetBondsFlag", 135), .init("BigRaw", 136, ["": "BoundedVec<u8>"]),
                .init("TimelockRevealFailed", 137, ["encrypted": "BoundedVec<u8>", "reveal_round": "u64"]),
            ]),
    ]

    /// Variants without fields, numbered from 0, from their names between spaces.
    private static func variants(_ names: String) -> [TypeDeclaration.Variant] {
        names.split(whereSeparator: \.isWhitespace).enumerated().map { .init(String($1), UInt8($0)) }
    }
}
