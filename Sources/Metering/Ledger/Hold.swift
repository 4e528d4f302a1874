internal import Synchronization

/// An admitted request's claim on the limits of its key and account: settled once, released, or released when it is
/// dropped.
public final class Hold: Sendable {
    public let requestID: String
    public let keyID: String
    /// The most the request can cost.
    public let amount: MicroUnits
    /// The tightest limit of requests per minute after this request; nil without one.
    public var requests: RateStatus? { admitted.requests }
    /// The tightest limit of tokens per minute after this request; nil without one.
    public var tokens: RateStatus? { admitted.tokens }
    /// The account's free quota pays: the request costs nothing.
    public var isFree: Bool { admitted.leased.isFree }

    private let demand: Demand
    private let admitted: AccountMeter.Admitted
    private let meter: AccountMeter
    private let spool: Spool
    private let isOpen = Atomic(true)

    init(
        requestID: String, key: APIKey, demand: Demand, admitted: AccountMeter.Admitted, meter: AccountMeter,
        spool: Spool
    ) {
        self.requestID = requestID
        keyID = key.id
        amount = MicroUnits(demand.money)
        self.demand = demand
        self.admitted = admitted
        self.meter = meter
        self.spool = spool
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
        entry.account = meter.accountID
        let cost = min(max(entry.price, .zero), amount)
        entry.price = isFree ? .zero : cost
        entry.waived = isFree ? cost : .zero
        let record = SpoolRecord(entry: entry, leased: admitted.leased, admittedAt: admitted.at)
        spool.append(record)
        // A request that took more tokens than it held has them counted all the same.
        meter.settle(demand, record.outcome.clamped(to: demand), admitted)
    }

    /// Ends the hold without a charge or a ledger row, unless it was settled.
    public func release() {
        guard close() else { return }
        spool.cancelReservation()
        meter.settle(demand, .released, admitted)
    }

    private func close() -> Bool { isOpen.exchange(false, ordering: .acquiringAndReleasing) }
}
