internal import Synchronization

/// An admitted request's claim on its key's budget: settled once, released, or released when it is dropped.
public final class Hold: Sendable {
    public let requestID: String
    public let keyID: String
    /// The most the request can cost.
    public let amount: MicroUnits
    /// The key's window after this request; nil for a key without a request limit.
    public let rate: RateStatus?

    /// The amount is covered by a lease; a key without a budget needs none.
    let isLeased: Bool
    let meter: KeyMeter
    private let spool: Spool
    private let isOpen = Atomic(true)

    init(
        requestID: String, amount: MicroUnits, rate: RateStatus?, isLeased: Bool, meter: KeyMeter, spool: Spool
    ) {
        self.requestID = requestID
        self.amount = amount
        self.rate = rate
        self.isLeased = isLeased
        self.meter = meter
        self.spool = spool
        keyID = meter.keyID
    }

    deinit { release() }

    /// Charges what was delivered, at most the hold; the rest of the hold is free again.
    ///
    /// When this returns the entry is in the spool and survives the process. Later calls do nothing.
    public func settle(_ entry: LedgerEntry) {
        guard close() else { return }
        var entry = entry
        entry.requestID = requestID
        entry.keyID = keyID
        entry.price = min(max(entry.price, .zero), amount)
        spool.append(SpoolRecord(entry: entry, isLeased: isLeased))
        if isLeased { meter.settle(amount.rawValue, charged: entry.price.rawValue) }
    }

    /// Ends the hold without a charge or a ledger row, unless it was settled.
    public func release() {
        guard close() else { return }
        spool.cancelReservation()
        if isLeased { meter.settle(amount.rawValue, charged: 0) }
    }

    private func close() -> Bool { isOpen.exchange(false, ordering: .acquiringAndReleasing) }
}
