import Signing
import Subtensor

extension SubtensorPallet {
    /// Registers a hotkey for the subnet's burn, taken from the coldkey.
    ///
    /// The local chain never evicts: a full subnet takes nobody.
    ///
    /// - Parameter limit: the most that the burn may be, in rao.
    @discardableResult
    mutating func burnedRegister(
        _ hotkey: AccountID, on netuid: Netuid, coldkey: AccountID, limit: UInt64
    ) throws(PalletError) -> UID {
        guard netuid.rawValue != 0, state.read(items.networksAdded, netuid) else { throw .subnetNotExists }
        guard state.read(items.registrationAllowed, netuid) else { throw .subNetRegistrationDisabled }
        guard state.find(items.uids, netuid, hotkey) == nil else { throw .hotKeyAlreadyRegisteredInSubNet }
        if let owner = state.find(items.owner, hotkey), owner != coldkey { throw .nonAssociatedColdKey }
        let burn = state.read(items.burn, netuid)
        guard burn.integer <= limit else { throw .registrationPriceLimitExceeded }
        var account = state.read(Storage.system.account, coldkey)
        guard account.free >= burn.integer else { throw .notEnoughBalanceToStake }
        account.free -= burn.integer
        state.write(account, to: Storage.system.account, coldkey)
        return try append(hotkey, coldkey: coldkey, to: netuid)
    }

    /// Gives a hotkey the next UID.
    @discardableResult
    mutating func append(
        _ hotkey: AccountID, coldkey: AccountID, to netuid: Netuid
    ) throws(PalletError) -> UID {
        let count = state.read(items.subnetworkN, netuid)
        guard count < state.read(items.maxAllowedUids, netuid) else { throw .noNeuronIdAvailable }
        let uid = UID(count)
        state.write(count + 1, to: items.subnetworkN, netuid)
        state.write(uid, to: items.uids, netuid, hotkey)
        state.write(hotkey, to: items.keys, netuid, uid)
        state.write(coldkey, to: items.owner, hotkey)
        let owned = state.read(items.ownedHotkeys, coldkey)
        if !owned.contains(hotkey) { state.write(owned + [hotkey], to: items.ownedHotkeys, coldkey) }
        state.write(true, to: items.isNetworkMember, hotkey, netuid)
        state.write(block, to: items.blockAtRegistration, netuid, uid)
        appendColumns(netuid)
        emit(.neuronRegistered(netuid, uid, hotkey: hotkey))
        return uid
    }

    private mutating func appendColumns(_ netuid: Netuid) {
        state.write(state.read(items.active, netuid) + [true], to: items.active, netuid)
        state.write(state.read(items.emission, netuid) + [AlphaBalance(0)], to: items.emission, netuid)
        state.write(state.read(items.validatorPermit, netuid) + [false], to: items.validatorPermit, netuid)
        for item in [items.consensus, items.dividends, items.validatorTrust] {
            state.write(state.read(item, netuid) + [PerU16(integer: 0)], to: item, netuid)
        }
        for mechanism in 0..<state.read(items.mechanismCount, netuid).integer {
            guard let index = StorageIndex(netuid, mechanism: mechanism) else { continue }
            state.write(state.read(items.incentive, index) + [PerU16(integer: 0)], to: items.incentive, index)
            state.write(state.read(items.lastUpdate, index) + [block], to: items.lastUpdate, index)
        }
    }

    /// Publishes where a neuron answers.
    mutating func serveAxon(_ axon: AxonRecord, on netuid: Netuid, by hotkey: AccountID) throws(PalletError) {
        guard state.find(items.uids, netuid, hotkey) != nil else { throw .hotKeyNotRegisteredInSubNet }
        try check(axon, on: netuid, by: hotkey)
        var axon = axon
        axon.block = block
        state.write(axon, to: items.axons, netuid, hotkey)
        emit(.axonServed(netuid, hotkey: hotkey))
    }

    /// Whether an endpoint may be published now.
    ///
    /// Unlike the real chain this one takes 127.0.0.1: its miners run on this machine.
    ///
    /// - Source: subtensor, `validate_serve_axon`.
    func check(_ axon: AxonRecord, on netuid: Netuid, by hotkey: AccountID) throws(PalletError) {
        switch axon.ipType {
        case 4: guard axon.ip < UInt128(UInt32.max) else { throw .invalidIpAddress }
        case 6: guard axon.ip != .max, axon.ip != 1 else { throw .invalidIpAddress }
        default: throw .invalidIpType
        }
        guard axon.port != 0 else { throw .invalidPort }
        if let last = state.find(items.axons, netuid, hotkey)?.block, last != 0 {
            let limit = state.read(items.servingRateLimit, netuid)
            guard block.saturatingSubtract(last) >= limit else { throw .servingRateLimitExceeded }
        }
    }
}
