import Signing
import Substrate
import Subtensor

/// Storage of the pallet `SubtensorModule`, with spec 461's names, hashers, types and defaults.
///
/// Items that nothing here writes are declared because clients read them: they answer with their defaults.
struct SubtensorStorage: Sendable {
    // Networks.
    let totalNetworks = Plain<UInt16>(pallet, "TotalNetworks", default: 0)
    let networksAdded = BySubnet<Bool>(pallet, "NetworksAdded", .identity, default: false)
    let subnetworkN = BySubnet<UInt16>(pallet, "SubnetworkN", .identity, default: 0)
    let networkRegisteredAt = BySubnet<UInt64>(pallet, "NetworkRegisteredAt", .identity, default: 0)
    let registrationAllowed = BySubnet<Bool>(pallet, "NetworkRegistrationAllowed", .identity, default: true)
    let powRegistrationAllowed = BySubnet<Bool>(pallet, "NetworkPowRegistrationAllowed", .identity, default: true)
    let subnetOwner = BySubnet<AccountID>(pallet, "SubnetOwner", .identity, default: .zero)
    let subnetOwnerHotkey = BySubnet<AccountID>(pallet, "SubnetOwnerHotkey", .identity, default: .zero)
    let tokenSymbol = BySubnet<[UInt8]>(pallet, "TokenSymbol", .identity, default: [UInt8]("𝜏".utf8))
    let firstEmissionBlock = BySubnet<UInt64>(pallet, "FirstEmissionBlockNumber", .identity, default: nil)
    let subnetIdentity = BySubnet<SubnetIdentity>(pallet, "SubnetIdentitiesV3", .blake2b128Concat, default: nil)
    let mechanismCount = BySubnet<MechanismID>(
        pallet, "MechanismCountCurrent", .twox64Concat, default: MechanismID(integer: 1))
    let mechanismEmissionSplit = BySubnet<[UInt16]>(pallet, "MechanismEmissionSplit", .twox64Concat, default: nil)
    let maxAllowedUids = BySubnet<UInt16>(pallet, "MaxAllowedUids", .identity, default: 256)
    let maxAllowedValidators = BySubnet<UInt16>(pallet, "MaxAllowedValidators", .identity, default: 128)
    let immunityPeriod = BySubnet<UInt16>(pallet, "ImmunityPeriod", .identity, default: 4_096)
    let activityCutoffFactor = BySubnet<UInt32>(pallet, "ActivityCutoffFactorMilli", .identity, default: 13_889)

    // Epochs.
    let tempo = BySubnet<UInt16>(pallet, "Tempo", .identity, default: 10)
    let lastEpochBlock = BySubnet<UInt64>(pallet, "LastEpochBlock", .identity, default: 0)
    let pendingEpochAt = BySubnet<UInt64>(pallet, "PendingEpochAt", .identity, default: 0)
    let subnetEpochIndex = BySubnet<UInt64>(pallet, "SubnetEpochIndex", .identity, default: 0)
    let blocksSinceLastStep = BySubnet<UInt64>(pallet, "BlocksSinceLastStep", .identity, default: 0)
    /// Newer than spec 461, but the SDK 11.3 does not set weights without it.
    let epochConsensus = BySubnet<EpochConsensus>(pallet, "SubnetEpochConsensus", .identity, default: .yuma)
    let lastStepBlock = BySubnet<UInt64>(pallet, "LastMechansimStepBlock", .identity, default: 0)

    // Weights.
    let weights = StorageItem<[WeightEntry], StorageIndex, UID>(
        pallet, "Weights", .identity, .identity, default: [])
    let bonds = StorageItem<[WeightEntry], StorageIndex, UID>(pallet, "Bonds", .identity, .identity, default: [])
    let lastUpdate = ByIndex<[UInt64]>(pallet, "LastUpdate", .identity, default: [])
    let weightsSetRateLimit = BySubnet<UInt64>(pallet, "WeightsSetRateLimit", .identity, default: 100)
    let weightsVersionKey = BySubnet<UInt64>(pallet, "WeightsVersionKey", .identity, default: 0)
    let minAllowedWeights = BySubnet<UInt16>(pallet, "MinAllowedWeights", .identity, default: 1_024)
    let maxWeightsLimit = BySubnet<UInt16>(pallet, "MaxWeightsLimit", .identity, default: 65_535)
    let stakeThreshold = Plain<UInt64>(pallet, "StakeThreshold", default: 0)
    let taoWeight = Plain<UInt64>(pallet, "TaoWeight", default: 971_718_665_099_567_868)
    let commitRevealEnabled = BySubnet<Bool>(pallet, "CommitRevealWeightsEnabled", .identity, default: true)
    let commitRevealVersion = Plain<UInt16>(pallet, "CommitRevealWeightsVersion", default: 4)
    let revealPeriodEpochs = BySubnet<UInt64>(pallet, "RevealPeriodEpochs", .twox64Concat, default: 1)

    // Yuma.
    let kappa = BySubnet<UInt16>(pallet, "Kappa", .identity, default: 32_767)
    let rho = BySubnet<UInt16>(pallet, "Rho", .identity, default: 10)
    let bondsMovingAverage = BySubnet<UInt64>(pallet, "BondsMovingAverage", .identity, default: 900_000)
    let bondsPenalty = BySubnet<UInt16>(pallet, "BondsPenalty", .identity, default: 65_535)
    let liquidAlphaOn = BySubnet<Bool>(pallet, "LiquidAlphaOn", .blake2b128Concat, default: false)
    let yuma3On = BySubnet<Bool>(pallet, "Yuma3On", .blake2b128Concat, default: false)
    let alphaValues = BySubnet<Pair<UInt16, UInt16>>(pallet, "AlphaValues", .identity, default: Pair(45_875, 58_982))
    let alphaSigmoidSteepness = BySubnet<Int16>(pallet, "AlphaSigmoidSteepness", .identity, default: 1_000)

    // Columns by UID.
    let active = BySubnet<[Bool]>(pallet, "Active", .identity, default: [])
    let consensus = BySubnet<[PerU16]>(pallet, "Consensus", .identity, default: [])
    let incentive = ByIndex<[PerU16]>(pallet, "Incentive", .identity, default: [])
    let dividends = BySubnet<[PerU16]>(pallet, "Dividends", .identity, default: [])
    let emission = BySubnet<[AlphaBalance]>(pallet, "Emission", .identity, default: [])
    let validatorTrust = BySubnet<[PerU16]>(pallet, "ValidatorTrust", .identity, default: [])
    let validatorPermit = BySubnet<[Bool]>(pallet, "ValidatorPermit", .identity, default: [])

    // Neurons.
    let uids = StorageItem<UID, Netuid, AccountID>(pallet, "Uids", .identity, .blake2b128Concat, default: nil)
    let keys = StorageItem<AccountID, Netuid, UID>(pallet, "Keys", .identity, .identity, default: .zero)
    let owner = StorageItem<AccountID, AccountID>(pallet, "Owner", .blake2b128Concat, default: .zero)
    let isNetworkMember = StorageItem<Bool, AccountID, Netuid>(
        pallet, "IsNetworkMember", .blake2b128Concat, .identity, default: false)
    let blockAtRegistration = StorageItem<UInt64, Netuid, UID>(
        pallet, "BlockAtRegistration", .identity, .identity, default: 0)
    let totalHotkeyAlpha = StorageItem<AlphaBalance, AccountID, Netuid>(
        pallet, "TotalHotkeyAlpha", .blake2b128Concat, .identity, default: AlphaBalance(0))
    let axons = StorageItem<AxonRecord, Netuid, AccountID>(
        pallet, "Axons", .identity, .blake2b128Concat, default: nil)
    let certificates = StorageItem<NeuronCertificate, Netuid, AccountID>(
        pallet, "NeuronCertificates", .identity, .blake2b128Concat, default: nil)
    let identities = StorageItem<AccountIdentity, AccountID>(pallet, "IdentitiesV2", .blake2b128Concat, default: nil)
    let servingRateLimit = BySubnet<UInt64>(pallet, "ServingRateLimit", .identity, default: 50)

    // Registration.
    let burn = BySubnet<TaoBalance>(pallet, "Burn", .identity, default: TaoBalance(100_000_000))
    let minBurn = BySubnet<TaoBalance>(pallet, "MinBurn", .identity, default: TaoBalance(500_000))
    let maxBurn = BySubnet<TaoBalance>(pallet, "MaxBurn", .identity, default: TaoBalance(100_000_000_000))
    let difficulty = BySubnet<UInt64>(pallet, "Difficulty", .identity, default: 10_000_000)
    let minDifficulty = BySubnet<UInt64>(pallet, "MinDifficulty", .identity, default: 10_000_000)
    let maxDifficulty = BySubnet<UInt64>(pallet, "MaxDifficulty", .identity, default: UInt64.max / 4)
    let adjustmentInterval = BySubnet<UInt16>(pallet, "AdjustmentInterval", .identity, default: 100)
    let adjustmentAlpha = BySubnet<UInt64>(pallet, "AdjustmentAlpha", .identity, default: 0)
    let targetRegistrations = BySubnet<UInt16>(pallet, "TargetRegistrationsPerInterval", .identity, default: 2)
    let maxRegistrationsPerBlock = BySubnet<UInt16>(pallet, "MaxRegistrationsPerBlock", .identity, default: 1)
    let collateralLockShare = BySubnet<UInt16>(pallet, "CollateralLockShare", .identity, default: 0)
    let ownedHotkeys = StorageItem<[AccountID], AccountID>(pallet, "OwnedHotkeys", .blake2b128Concat, default: [])
    let txRateLimit = Plain<UInt64>(pallet, "TxRateLimit", default: 1_000)
    let blockEmission = Plain<UInt64>(pallet, "BlockEmission", default: 1_000_000_000)

    typealias Plain<Value: RuntimeValue> = StorageItem<Value>
    typealias BySubnet<Value: RuntimeValue> = StorageItem<Value, Netuid>
    typealias ByIndex<Value: RuntimeValue> = StorageItem<Value, StorageIndex>
    private static let pallet = "SubtensorModule"
}

/// A UID and its value in a row of weights or bonds.
typealias WeightEntry = Pair<UID, UInt16>
