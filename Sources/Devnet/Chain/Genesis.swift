import Signing
import Subtensor

/// The chain's first state, from its configuration.
enum Genesis {
    /// What every coldkey has at the start, in rao.
    static let balance: UInt64 = 1_000_000_000_000_000

    static func state(
        _ configuration: DevnetConfiguration, _ runtime: RuntimeDefinition
    ) throws(DevnetError) -> StorageOverlay {
        var pallet = SubtensorPallet(StorageOverlay(StorageSnapshot(storage: VersionedStorage(), block: 0)))
        let items = Storage.subtensor
        // Clients keep metadata by genesis hash and spec version, so another runtime has to be another chain.
        pallet.state.writeCode(Hash.blake2b256(runtime.encodedMetadata))
        pallet.state.write(UInt16(truncatingIfNeeded: configuration.subnets.count), to: items.totalNetworks)
        pallet.state.write(configuration.stakeThreshold.rawValue, to: items.stakeThreshold)
        for subnet in configuration.subnets { try add(subnet, to: &pallet) }
        return pallet.state
    }

    private static func add(
        _ subnet: DevnetConfiguration.Subnet, to pallet: inout SubtensorPallet
    ) throws(DevnetError) {
        let items = Storage.subtensor
        let netuid = subnet.netuid
        pallet.state.write(true, to: items.networksAdded, netuid)
        pallet.state.write(subnet.tempo, to: items.tempo, netuid)
        pallet.state.write(subnet.weightsSetRateLimit, to: items.weightsSetRateLimit, netuid)
        pallet.state.write(subnet.minAllowedWeights, to: items.minAllowedWeights, netuid)
        pallet.state.write(subnet.servingRateLimit, to: items.servingRateLimit, netuid)
        pallet.state.write(subnet.weightsVersionKey, to: items.weightsVersionKey, netuid)
        pallet.state.write(false, to: items.commitRevealEnabled, netuid)
        pallet.state.write(0, to: items.firstEmissionBlock, netuid)
        if let owner = subnet.owner {
            pallet.state.write(owner.hotkey.account, to: items.subnetOwnerHotkey, netuid)
            pallet.state.write(owner.coldkey.account, to: items.subnetOwner, netuid)
        }
        for neuron in subnet.neurons {
            do throws(PalletError) {
                try pallet.add(neuron, to: netuid)
            } catch {
                throw DevnetError(
                    .invalidConfiguration, "subnet \(netuid.rawValue): neuron \(neuron.hotkey.ss58): \(error.name)")
            }
        }
    }
}

extension SubtensorPallet {
    /// Registers a neuron with all that its configuration says, without burn.
    @discardableResult
    mutating func add(_ neuron: DevnetConfiguration.Neuron, to netuid: Netuid) throws(PalletError) -> UID {
        guard state.read(items.networksAdded, netuid) else { throw .subnetNotExists }
        let hotkey = neuron.hotkey.account
        guard state.find(items.uids, netuid, hotkey) == nil else { throw .hotKeyAlreadyRegisteredInSubNet }
        let uid = try append(hotkey, coldkey: neuron.coldkey.account, to: netuid)
        state.write(AlphaBalance(neuron.stake.rawValue), to: items.totalHotkeyAlpha, hotkey, netuid)
        var permits = state.read(items.validatorPermit, netuid)
        permits[Int(uid.rawValue)] = neuron.hasValidatorPermit
        state.write(permits, to: items.validatorPermit, netuid)
        if let endpoint = neuron.axon {
            var axon = AxonRecord()
            axon.block = block
            axon.version = endpoint.version
            axon.ip = endpoint.ip
            axon.port = endpoint.port
            axon.ipType = endpoint.ipType
            axon.protocolNumber = endpoint.protocolNumber
            state.write(axon, to: items.axons, netuid, hotkey)
        }
        for account in [hotkey, neuron.coldkey.account] { endow(account) }
        return uid
    }

    private mutating func endow(_ account: AccountID) {
        guard state.find(Storage.system.account, account) == nil else { return }
        var record = AccountRecord()
        record.providers = 1
        record.free = Genesis.balance
        state.write(record, to: Storage.system.account, account)
    }
}
