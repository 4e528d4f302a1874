/// What this replica may admit of one limit without asking anyone: its lease of the current window.
///
/// The lease is `available + held + pending`: free, claimed by open requests, and charged but not uploaded. Of a limit
/// that is granted for good (``LimitKind/isGranted``) only `available` counts.
struct Allowance: Sendable {
    enum Verdict: Equatable { case fits, short, exhausted }

    let kind: LimitKind
    /// Over all replicas.
    var ceiling: Int64
    private(set) var window: Window
    private(set) var available: Int64 = 0
    private(set) var held: Int64 = 0
    private(set) var pending: Int64 = 0
    /// Admitted by this replica in the window.
    private(set) var admitted: Int64 = 0
    /// Taken by all replicas, as the store last told.
    private(set) var taken: Int64 = 0
    /// Amounts from here on were found not to fit, until then.
    private var exhausted: (from: Int64, until: Int64)?

    init(_ kind: LimitKind, ceiling: Int64, at now: Int64) {
        self.kind = kind
        self.ceiling = ceiling
        window = kind.period.window(at: now)
    }

    /// Begins the window around `now`, if it is another one.
    mutating func roll(to now: Int64) {
        guard !window.contains(now) else { return }
        let ceiling = ceiling
        self = Allowance(kind, ceiling: ceiling, at: now)
    }

    mutating func change(ceiling: Int64) {
        self.ceiling = ceiling
        exhausted = nil
        // Of a lease that is too large now the rest goes back; of what is granted for good nothing can.
        if kind.isGranted { available = min(available, max(0, ceiling - admitted)) }
    }

    /// Whether a request that takes `amount` can be admitted from here.
    func verdict(_ amount: Int64, _ situation: Situation) -> Verdict {
        // Nothing fits always, also in a lease that turned out smaller than what is open of it.
        if available >= amount || amount <= 0 { return .fits }
        if let exhausted, amount >= exhausted.from, situation.now < exhausted.until { return .exhausted }
        if amount > ceiling && kind != .credit { return .exhausted }
        if situation.isStoreAvailable { return .short }
        // No window can be granted while the store is away: the replica keeps to its share.
        guard kind.isGranted else { return .short }
        return admitted + amount <= ceiling / max(1, situation.replicas) ? .fits : .exhausted
    }

    mutating func take(_ amount: Int64) {
        available -= min(amount, kind.isGranted ? max(0, available) : amount)
        // Of a budget without end this only grows.
        let (sum, overflow) = admitted.addingReportingOverflow(amount)
        admitted = overflow ? .max : sum
        if !kind.isGranted { held += amount }
    }

    /// Ends a request that took `amount` at a time, and used `used` of it.
    mutating func settle(_ amount: Int64, used: Int64, takenAt time: Int64) {
        guard window.contains(time) else { return }
        if kind.isGranted {
            // A request counts, whatever became of it; tokens that were not delivered are free again.
            guard kind.measure == .tokens, used < amount else { return }
            available += amount - used
            admitted -= amount - used
        } else {
            held -= amount
            available += amount - used
            pending += used
        }
        if used < amount { exhausted = nil }
    }

    mutating func uploaded(_ amount: Int64) {
        pending -= amount
    }

    // MARK: What the store says

    /// - Parameter least: the smallest waiting amount that did not fit; nil when all did.
    mutating func granted(_ grant: LeaseRequest.Grant, from start: Int64, now: Int64) {
        guard start == window.start else { return }
        available += grant.amount
        taken = grant.taken
        if let least = grant.leastRefused { exhausted = (least, kind.isGranted ? window.end : now + 1_000) }
    }

    /// Takes the free part out of the lease, to give it back.
    mutating func takeAvailable() -> Int64 {
        guard !kind.isGranted else { return 0 }
        defer { available = min(0, available) }
        return max(0, available)
    }

    /// Believes the store: the lease is `amount`. May leave less than nothing free, until open requests settle.
    mutating func reconcile(_ amount: Int64) {
        available = amount - held - pending
    }

    var hasOnlyFree: Bool { !kind.isGranted && available > 0 && held == 0 && pending == 0 }

    /// For `x-ratelimit-*`: other replicas' latest may be missing.
    func status(at now: Int64) -> RateStatus {
        let used = max(taken - max(0, available), admitted)
        return RateStatus(
            limit: Int(clamping: ceiling), remaining: Int(clamping: max(0, ceiling - used)),
            resetsAfter: .milliseconds(max(0, min(window.end, now + 366 * Period.dayLength) - now)))
    }
}

/// What an admission depends on beyond the limits' own state.
struct Situation: Sendable {
    /// Unix milliseconds.
    let now: Int64
    let isStoreAvailable: Bool
    /// How many replicas shared the store when it was last seen.
    let replicas: Int64
}
