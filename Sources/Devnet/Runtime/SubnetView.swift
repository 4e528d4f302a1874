import Signing
import Subtensor

/// A subnet at one block, read once for the answers of runtime APIs.
struct SubnetView: Sendable {
    let netuid: Netuid
    let mechanism: UInt8
    let block: UInt64
    let uids: [UID]
    let hotkeys: [AccountID]
    let coldkeys: [AccountID]
    let axons: [AxonRecord]
    let stake: [UInt64]
    let registeredAt: [UInt64]
    let active: [Bool]
    let permit: [Bool]
    let lastUpdate: [UInt64]
    let emission: [AlphaBalance]
    let incentives: [PerU16]
    let dividends: [PerU16]
    let consensus: [PerU16]
    let validatorTrust: [PerU16]
    let parameters: SubnetParameters

    /// `nil` for a subnet or mechanism that does not exist.
    init?(_ netuid: Netuid, mechanism: UInt8 = 0, _ state: some StorageReader) {
        let items = Storage.subtensor
        guard state.read(items.networksAdded, netuid), mechanism < state.read(items.mechanismCount, netuid).integer,
            let index = StorageIndex(netuid, mechanism: mechanism)
        else { return nil }
        let count = Int(state.read(items.subnetworkN, netuid))
        let neurons = Neurons(netuid, state)
        self.netuid = netuid
        self.mechanism = mechanism
        block = UInt64(state.read(Storage.system.number))
        uids = neurons.indices.map { neurons.uid($0) }
        hotkeys = neurons.hotkeys
        coldkeys = hotkeys.map { state.read(items.owner, $0) }
        axons = hotkeys.map { state.find(items.axons, netuid, $0) ?? AxonRecord() }
        stake = neurons.stake
        registeredAt = neurons.registeredAt
        permit = neurons.permit
        active = Self.column(state.read(items.active, netuid), count, false)
        lastUpdate = Self.column(state.read(items.lastUpdate, index), count, 0)
        emission = Self.column(state.read(items.emission, netuid), count, AlphaBalance(0))
        incentives = Self.column(state.read(items.incentive, index), count, PerU16(integer: 0))
        dividends = Self.column(state.read(items.dividends, netuid), count, PerU16(integer: 0))
        consensus = Self.column(state.read(items.consensus, netuid), count, PerU16(integer: 0))
        validatorTrust = Self.column(state.read(items.validatorTrust, netuid), count, PerU16(integer: 0))
        parameters = SubnetParameters(netuid, state)
    }

    /// The column with exactly one value for each neuron.
    private static func column<Value>(_ values: [Value], _ count: Int, _ missing: Value) -> [Value] {
        Array(values.prefix(count)) + Array(repeating: missing, count: max(0, count - values.count))
    }
}

/// A subnet's hyperparameters and counters.
struct SubnetParameters: Sendable {
    let symbol: [UInt8]
    let owner: AccountID
    let ownerHotkey: AccountID
    let registeredAt: UInt64
    let tempo: UInt16
    let lastStep: UInt64
    let blocksSinceLastStep: UInt64
    let rho: UInt16
    let kappa: UInt16
    let immunityPeriod: UInt16
    let minAllowedWeights: UInt16
    let maxWeightsLimit: UInt16
    let weightsVersion: UInt64
    let weightsRateLimit: UInt64
    let activityCutoff: UInt64
    let maxValidators: UInt16
    let uidCount: UInt16
    let maxUids: UInt16
    let burn: TaoBalance
    let minBurn: TaoBalance
    let maxBurn: TaoBalance
    let difficulty: UInt64
    let minDifficulty: UInt64
    let maxDifficulty: UInt64
    let registrationAllowed: Bool
    let powRegistrationAllowed: Bool
    let adjustmentAlpha: UInt64
    let adjustmentInterval: UInt16
    let targetRegistrations: UInt16
    let maxRegistrationsPerBlock: UInt16
    let servingRateLimit: UInt64
    let isCommitRevealEnabled: Bool
    let revealPeriod: UInt64
    let isLiquidAlphaEnabled: Bool
    let alpha: Pair<UInt16, UInt16>
    let bondsMovingAverage: UInt64
    let isYuma3: Bool

    init(_ netuid: Netuid, _ state: some StorageReader) {
        let items = Storage.subtensor
        symbol = state.read(items.tokenSymbol, netuid)
        owner = state.read(items.subnetOwner, netuid)
        ownerHotkey = state.read(items.subnetOwnerHotkey, netuid)
        registeredAt = state.read(items.networkRegisteredAt, netuid)
        tempo = state.read(items.tempo, netuid)
        lastStep = state.read(items.lastStepBlock, netuid)
        blocksSinceLastStep = state.read(items.blocksSinceLastStep, netuid)
        rho = state.read(items.rho, netuid)
        kappa = state.read(items.kappa, netuid)
        immunityPeriod = state.read(items.immunityPeriod, netuid)
        minAllowedWeights = state.read(items.minAllowedWeights, netuid)
        maxWeightsLimit = state.read(items.maxWeightsLimit, netuid)
        weightsVersion = state.read(items.weightsVersionKey, netuid)
        weightsRateLimit = state.read(items.weightsSetRateLimit, netuid)
        activityCutoff = ActivityCutoff.blocks(netuid, state)
        maxValidators = state.read(items.maxAllowedValidators, netuid)
        uidCount = state.read(items.subnetworkN, netuid)
        maxUids = state.read(items.maxAllowedUids, netuid)
        burn = state.read(items.burn, netuid)
        minBurn = state.read(items.minBurn, netuid)
        maxBurn = state.read(items.maxBurn, netuid)
        difficulty = state.read(items.difficulty, netuid)
        minDifficulty = state.read(items.minDifficulty, netuid)
        maxDifficulty = state.read(items.maxDifficulty, netuid)
        registrationAllowed = state.read(items.registrationAllowed, netuid)
        powRegistrationAllowed = state.read(items.powRegistrationAllowed, netuid)
        adjustmentAlpha = state.read(items.adjustmentAlpha, netuid)
        adjustmentInterval = state.read(items.adjustmentInterval, netuid)
        targetRegistrations = state.read(items.targetRegistrations, netuid)
        maxRegistrationsPerBlock = state.read(items.maxRegistrationsPerBlock, netuid)
        servingRateLimit = state.read(items.servingRateLimit, netuid)
        isCommitRevealEnabled = state.read(items.commitRevealEnabled, netuid)
        revealPeriod = state.read(items.revealPeriodEpochs, netuid)
        isLiquidAlphaEnabled = state.read(items.liquidAlphaOn, netuid)
        alpha = state.read(items.alphaValues, netuid)
        bondsMovingAverage = state.read(items.bondsMovingAverage, netuid)
        isYuma3 = state.read(items.yuma3On, netuid)
    }
}
