import Signing
import Subtensor

extension SubtensorPallet {
    /// Writes a validator's weights after the chain's checks, in the chain's order.
    ///
    /// - Source: subtensor, `do_set_weights` and its guards.
    mutating func setWeights(_ setting: WeightSetting, by hotkey: AccountID) throws(PalletError) {
        let netuid = setting.netuid
        guard !state.read(items.commitRevealEnabled, netuid) else { throw .commitRevealEnabled }
        guard netuid.rawValue != 0 else { throw .canNotSetRootNetworkWeights }
        guard setting.uids.count == setting.values.count else { throw .weightVecNotEqualSize }
        let index = try storageIndex(netuid, mechanism: setting.mechanism)
        let count = state.read(items.subnetworkN, netuid)
        guard setting.uids.count <= Int(count) else { throw .uidsLengthExceedUidsInSubNet }
        guard let uid = state.find(items.uids, netuid, hotkey) else { throw .hotKeyNotRegisteredInSubNet }
        try checkStake(of: hotkey, on: netuid)
        guard isAccepted(versionKey: setting.versionKey, on: netuid) else { throw .incorrectWeightVersionKey }
        guard mayUpdate(index, uid) else { throw .settingWeightsTooFast }

        let isLoneSelfWeight = setting.uids == [uid]
        guard isLoneSelfWeight || isPermitted(uid, hotkey, on: netuid) else { throw .neuronNoValidatorPermit }
        guard Set(setting.uids).count == setting.uids.count else { throw .duplicateUids }
        guard setting.uids.allSatisfy({ $0.rawValue < count }) else { throw .uidVecContainInvalidOne }
        let fewest = min(count, state.read(items.minAllowedWeights, netuid))
        guard isLoneSelfWeight || setting.uids.count >= Int(fewest) else { throw .weightVecLengthIsLow }
        let values = Self.upscaled(setting.values)
        guard isLoneSelfWeight || isBelowLimit(values, on: netuid) else { throw .maxWeightExceeded }

        let entries = zip(setting.uids, values).map { WeightEntry($0, $1) }
        state.write(entries, to: items.weights, index, uid)
        var lastUpdate = state.read(items.lastUpdate, index)
        if lastUpdate.indices.contains(Int(uid.rawValue)) { lastUpdate[Int(uid.rawValue)] = block }
        state.write(lastUpdate, to: items.lastUpdate, index)
        emit(.weightsSet(index, uid))
    }

    /// What keeps weights out of the pool: too little stake, or the rate limit.
    func checkBeforePool(_ setting: WeightSetting, by hotkey: AccountID) throws(PalletError) {
        try checkStake(of: hotkey, on: setting.netuid)
        guard let uid = state.find(items.uids, setting.netuid, hotkey),
            let index = StorageIndex(setting.netuid, mechanism: setting.mechanism)
        else { return }
        guard mayUpdate(index, uid) else { throw .settingWeightsTooFast }
    }

    private func storageIndex(_ netuid: Netuid, mechanism: UInt8) throws(PalletError) -> StorageIndex {
        guard state.read(items.networksAdded, netuid) else { throw .mechanismDoesNotExist }
        guard mechanism < state.read(items.mechanismCount, netuid).integer,
            let index = StorageIndex(netuid, mechanism: mechanism)
        else { throw .mechanismDoesNotExist }
        return index
    }

    private func checkStake(of hotkey: AccountID, on netuid: Netuid) throws(PalletError) {
        guard state.read(items.subnetOwnerHotkey, netuid) != hotkey else { return }
        let stake = state.read(items.totalHotkeyAlpha, hotkey, netuid)
        guard stake.integer >= state.read(items.stakeThreshold) else { throw .notEnoughStakeToSetWeights }
    }

    private func isAccepted(versionKey: UInt64, on netuid: Netuid) -> Bool {
        let key = state.read(items.weightsVersionKey, netuid)
        return key == 0 || versionKey >= key
    }

    private func mayUpdate(_ index: StorageIndex, _ uid: UID) -> Bool {
        let lastUpdate = state.read(items.lastUpdate, index)
        guard lastUpdate.indices.contains(Int(uid.rawValue)) else { return true }
        let last = lastUpdate[Int(uid.rawValue)]
        let netuid = Netuid(index.integer & 0xFFF)
        return last == 0 || block.saturatingSubtract(last) >= state.read(items.weightsSetRateLimit, netuid)
    }

    private func isPermitted(_ uid: UID, _ hotkey: AccountID, on netuid: Netuid) -> Bool {
        let permits = state.read(items.validatorPermit, netuid)
        let isPermitted = permits.indices.contains(Int(uid.rawValue)) && permits[Int(uid.rawValue)]
        return isPermitted || state.read(items.subnetOwnerHotkey, netuid) == hotkey
    }

    private func isBelowLimit(_ values: [UInt16], on netuid: Netuid) -> Bool {
        let limit = state.read(items.maxWeightsLimit, netuid)
        guard limit != UInt16.max else { return true }
        let sum = values.reduce(UInt64(0)) { $0 + UInt64($1) }
        let largest = UInt64(values.max() ?? 0)
        return sum == 0 || largest * UInt64(UInt16.max) <= UInt64(limit) * sum
    }

    /// Values stretched so that the largest is 65535.
    static func upscaled(_ values: [UInt16]) -> [UInt16] {
        guard let largest = values.max(), largest > 0 else { return values }
        return values.map { UInt16(UInt32($0) * UInt32(UInt16.max) / UInt32(largest)) }
    }
}

extension UInt64 {
    /// The difference, or 0 where it would be negative.
    func saturatingSubtract(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
