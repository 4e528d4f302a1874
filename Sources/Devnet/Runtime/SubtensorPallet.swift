import Signing
import Subtensor

/// Subtensor's rules over storage: what a call needs, and what it changes.
struct SubtensorPallet {
    let items = Storage.subtensor
    var state: StorageOverlay
    private(set) var events: [RuntimeEvent] = []

    init(_ state: StorageOverlay) { self.state = state }

    /// The block being made.
    var block: UInt64 { UInt64(state.read(Storage.system.number)) }

    mutating func emit(_ event: RuntimeEvent) { events.append(event) }

    /// The events since the last time, for their phase.
    mutating func takeEvents() -> [RuntimeEvent] {
        defer { events = [] }
        return events
    }

    /// Carries out a signed call.
    mutating func dispatch(_ call: DevnetCall, by signer: AccountID) throws(DispatchFault) {
        if case .setTimestamp = call { throw .badOrigin }
        do throws(PalletError) {
            try perform(call, by: signer)
        } catch {
            throw .subtensor(error)
        }
    }

    private mutating func perform(_ call: DevnetCall, by signer: AccountID) throws(PalletError) {
        switch call {
        case .remark, .setTimestamp: break
        case .setWeights(let setting): try setWeights(setting, by: signer)
        case .commitWeights(let netuid): try refuseCommit(on: netuid)
        case .serveAxon(let netuid, let axon): try serveAxon(axon, on: netuid, by: signer)
        case .burnedRegister(let netuid, let hotkey, let limit):
            try burnedRegister(hotkey, on: netuid, coldkey: signer, limit: limit)
        }
    }

    /// The refusals that the pool already gives, as `SubtensorTransactionExtension` does; `nil` for a call that may
    /// go into a block.
    func poolRefusal(of call: DevnetCall, by signer: AccountID) -> PoolRefusal? {
        do throws(PalletError) {
            switch call {
            case .setWeights(let setting): try checkBeforePool(setting, by: signer)
            case .serveAxon(let netuid, let axon): try check(axon, on: netuid, by: signer)
            default: break
            }
            return nil
        } catch {
            return PoolRefusal(error)
        }
    }

    private func refuseCommit(on netuid: Netuid) throws(PalletError) {
        guard state.read(items.networksAdded, netuid) else { throw .subnetNotExists }
        throw state.read(items.commitRevealEnabled, netuid) ? .callDisabled : .commitRevealDisabled
    }
}

/// A number that the runtime gives as the reason why a transaction is not valid.
///
/// - Source: subtensor, `CustomTransactionError`.
struct PoolRefusal: Hashable, Sendable {
    let code: UInt8

    /// `nil` for an error that only a block reports.
    init?(_ error: PalletError) {
        switch error {
        case .notEnoughStakeToSetWeights: code = 1
        case .subnetNotExists: code = 3
        case .settingWeightsTooFast: code = 6
        case .invalidIpType, .invalidIpAddress: code = 11
        case .servingRateLimitExceeded: code = 12
        case .invalidPort: code = 13
        default: return nil
        }
    }
}
