internal import Synchronization

/// What this replica may admit of one account and its keys without asking anyone: its leases of all their limits.
///
/// One lock for all of them, so that a request is admitted by every limit or by none. What needs the store queues in
/// `AccountMeter+Leases.swift`.
final class AccountMeter: Sendable {
    enum Admission {
        case admitted(Admitted)
        case refused(MeteringError)
        /// A lease must grow first.
        case short
    }

    /// An admitted request's claims.
    struct Admitted: Sendable {
        var leased = LeasedLimits()
        /// Where the limits per minute stand after it, the tightest of each; nil without one.
        var requests: RateStatus?
        var tokens: RateStatus?
        /// Unix milliseconds: in which windows the claims are.
        var at: Int64
    }

    typealias Answer = Result<Admitted, MeteringError>

    /// A request that waits for a lease to grow.
    struct Waiter {
        let key: APIKey
        let demand: Demand
        var attempts = 0
        let continuation: CheckedContinuation<Answer, Never>
    }

    struct State {
        var account: [Allowance] = []
        var keys: [String: [Allowance]] = [:]
        /// Which version of the account's limits is in force, and of each key's.
        var accountRevision = Int64.min
        var keyRevisions: [String: Int64] = [:]
        /// A transaction ended without saying how: the store must be asked what the leases are.
        var isDoubtful = false
        var waiters: [Waiter] = []
        var isBusy = false
    }

    let accountID: String
    let state = Mutex(State())

    init(_ accountID: String) { self.accountID = accountID }

    /// Takes a changed key's limits over, and its account's.
    func update(_ key: APIKey, now: Int64) {
        state.withLock { Self.adopt(key, in: &$0, now: now) }
    }

    // MARK: Hot path

    /// Admits from the leases, refuses, or finds one too short.
    func admit(_ demand: Demand, by key: APIKey, _ situation: Situation) -> Admission {
        state.withLock { Self.admit(demand, by: key, &$0, situation) }
    }

    /// Ends a request: what it did not use is free again.
    func settle(_ demand: Demand, _ outcome: Outcome, of keyID: String, _ admitted: Admitted) {
        state.withLock { state in
            let at = admitted.at
            for index in state.account.indices {
                Self.settle(&state.account[index], demand, outcome, admitted.leased.account, at)
            }
            guard let count = state.keys[keyID]?.count else { return }
            for index in 0..<count {
                Self.settle(&state.keys[keyID, default: []][index], demand, outcome, admitted.leased.key, at)
            }
        }
    }

    private static func settle(
        _ allowance: inout Allowance, _ demand: Demand, _ outcome: Outcome, _ claimed: UInt16, _ at: Int64
    ) {
        guard claimed & allowance.kind.bit != 0 else { return }
        allowance.settle(
            demand.amount(of: allowance.kind), used: outcome.amount(of: allowance.kind), takenAt: at)
    }

    static func admit(
        _ demand: Demand, by key: APIKey, _ state: inout State, _ situation: Situation
    ) -> Admission {
        adopt(key, in: &state, now: situation.now)
        var claims = LeasedLimits()
        var isShort = false
        let isFree: Bool
        switch freeQuota(demand, &state, situation) {
        case .fits: isFree = true
        case .short: (isFree, isShort) = (true, true)
        case .exhausted: isFree = false
        }
        var refusal: MeteringError?
        func judge(_ allowance: inout Allowance, isAccounts: Bool, _ claims: inout UInt16) {
            allowance.roll(to: situation.now)
            let kind = allowance.kind
            let paysOtherwise = isFree != (kind == .freeSpendPerMonth) && isAccounts && kind.measure == .money
            // The key's own budgets bound what it costs its account, which is nothing from the free quota.
            if paysOtherwise || (isFree && !isAccounts && kind.measure == .money) { return }
            switch allowance.verdict(demand.amount(of: kind), situation) {
            case .fits: claims |= kind.bit
            case .short: isShort = true
            case .exhausted:
                let status = allowance.status(at: situation.now)
                refusal = refusal ?? .refused(kind, isAccounts: isAccounts, status)
            }
        }
        for index in state.account.indices { judge(&state.account[index], isAccounts: true, &claims.account) }
        let count = state.keys[key.id]?.count ?? 0
        for index in 0..<count { judge(&state.keys[key.id, default: []][index], isAccounts: false, &claims.key) }
        if let refusal { return .refused(refusal) }
        if isShort { return situation.isStoreAvailable ? .short : .refused(.storeUnavailable()) }
        return .admitted(take(demand, claims, of: key.id, &state, now: situation.now))
    }

    /// Whether the account's free quota pays for the request.
    private static func freeQuota(_ demand: Demand, _ state: inout State, _ situation: Situation) -> Allowance.Verdict {
        guard let index = state.account.firstIndex(where: { $0.kind == .freeSpendPerMonth }) else { return .exhausted }
        state.account[index].roll(to: situation.now)
        return state.account[index].verdict(demand.money, situation)
    }

    private static func take(
        _ demand: Demand, _ claims: LeasedLimits, of keyID: String, _ state: inout State, now: Int64
    ) -> Admitted {
        var admitted = Admitted(leased: claims, at: now)
        for index in state.account.indices where claims.account & state.account[index].kind.bit != 0 {
            state.account[index].take(demand.amount(of: state.account[index].kind))
            admitted.note(state.account[index])
        }
        guard claims.key != 0, let count = state.keys[keyID]?.count else { return admitted }
        for index in 0..<count {
            let kind = state.keys[keyID]?[index].kind ?? .spend
            guard claims.key & kind.bit != 0 else { continue }
            state.keys[keyID, default: []][index].take(demand.amount(of: kind))
            if let allowance = state.keys[keyID]?[index] { admitted.note(allowance) }
        }
        return admitted
    }

    // MARK: Limits

    /// Takes the limits from a key's record, unless they are known or there are newer ones.
    private static func adopt(_ key: APIKey, in state: inout State, now: Int64) {
        guard key.revision > state.keyRevisions[key.id] ?? .min else { return }
        state.keyRevisions[key.id] = key.revision
        state.keys[key.id] = changed(state.keys[key.id] ?? [], to: key.limits, now: now)
        // Every change of an account changes the revisions of all its keys.
        guard key.revision > state.accountRevision else { return }
        state.accountRevision = key.revision
        state.account = changed(state.account, to: key.accountLimits, now: now)
    }

    /// The allowances for `limits`, with what is leased of those that stay.
    private static func changed(_ old: [Allowance], to limits: Limits, now: Int64) -> [Allowance] {
        limits.entries.map { entry in
            guard var allowance = old.first(where: { $0.kind == entry.kind }) else {
                return Allowance(entry.kind, ceiling: entry.ceiling, at: now)
            }
            allowance.change(ceiling: entry.ceiling)
            return allowance
        }
    }
}

extension AccountMeter.Admitted {
    fileprivate mutating func note(_ allowance: Allowance) {
        guard allowance.kind.isGranted else { return }
        let status = allowance.status(at: at)
        if allowance.kind.measure == .requests {
            requests = requests.map { $0.remaining <= status.remaining ? $0 : status } ?? status
        } else {
            tokens = tokens.map { $0.remaining <= status.remaining ? $0 : status } ?? status
        }
    }
}
