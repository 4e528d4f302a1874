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
        /// Where the key's claims are.
        let key: Standing
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

    /// The allowances of the account or of one key.
    ///
    /// `@unchecked Sendable`: touched with the meter's lock held only.
    final class Standing: @unchecked Sendable {
        let subject: Subject
        var allowances: [Allowance] = []
        /// Which version of the limits is in force.
        var revision = Int64.min

        init(_ subject: Subject) { self.subject = subject }

        func index(of kind: LimitKind) -> Int? { allowances.firstIndex { $0.kind == kind } }
    }

    struct State {
        let account: Standing
        var keys: [String: Standing] = [:]
        /// A transaction ended without saying how: the store must be asked what the leases are.
        var isDoubtful = false
        var waiters: [Waiter] = []
        var isBusy = false
    }

    let accountID: String
    let state: Mutex<State>

    init(_ accountID: String) {
        self.accountID = accountID
        state = Mutex(State(account: Standing(.account(accountID))))
    }

    /// Takes a changed key's limits over, and its account's.
    func update(_ key: APIKey, now: Int64) {
        state.withLock { _ = Self.adopt(key, in: &$0, now: now) }
    }

    // MARK: Hot path

    /// Admits from the leases, refuses, or finds one too short.
    func admit(_ demand: Demand, by key: APIKey, _ situation: Situation) -> Admission {
        state.withLock { Self.admit(demand, by: key, &$0, situation) }
    }

    /// Ends a request: what it did not use is free again.
    func settle(_ demand: Demand, _ outcome: Outcome, _ admitted: Admitted) {
        state.withLock { state in
            Self.settle(state.account, admitted.leased.account, demand, outcome, at: admitted.at)
            Self.settle(admitted.key, admitted.leased.key, demand, outcome, at: admitted.at)
        }
    }

    private static func settle(
        _ standing: Standing, _ claims: UInt16, _ demand: Demand, _ outcome: Outcome, at time: Int64
    ) {
        guard claims != 0 else { return }
        for index in standing.allowances.indices {
            let kind = standing.allowances[index].kind
            guard claims & kind.bit != 0 else { continue }
            standing.allowances[index].settle(demand.amount(of: kind), used: outcome.amount(of: kind), takenAt: time)
        }
    }

    static func admit(
        _ demand: Demand, by key: APIKey, _ state: inout State, _ situation: Situation
    ) -> Admission {
        var judgement = Judgement(demand: demand, situation: situation)
        let own = adopt(key, in: &state, now: situation.now)
        judgement.considerFreeQuota(of: state.account)
        let account = judgement.claims(on: state.account, isAccounts: true)
        let claims = LeasedLimits(account: account, key: judgement.claims(on: own, isAccounts: false))
        if let refusal = judgement.refusal { return .refused(refusal) }
        if judgement.isShort { return situation.isStoreAvailable ? .short : .refused(.storeUnavailable()) }
        var admitted = Admitted(leased: claims, key: own, at: situation.now)
        take(demand, claims.account, from: state.account, &admitted)
        take(demand, claims.key, from: own, &admitted)
        return .admitted(admitted)
    }

    private static func take(
        _ demand: Demand, _ claims: UInt16, from standing: Standing, _ admitted: inout Admitted
    ) {
        guard claims != 0 else { return }
        for index in standing.allowances.indices {
            let kind = standing.allowances[index].kind
            guard claims & kind.bit != 0 else { continue }
            standing.allowances[index].take(demand.amount(of: kind))
            if kind.isGranted { admitted.note(standing.allowances[index]) }
        }
    }

    // MARK: Limits

    /// Takes the limits from a key's record, unless they are known or there are newer ones.
    private static func adopt(_ key: APIKey, in state: inout State, now: Int64) -> Standing {
        let known = state.keys[key.id]
        if let known, known.revision >= key.revision { return known }
        // A limit that was lifted and set again has no lease any more, whatever is known here of the one before.
        if known != nil || key.revision > state.account.revision && state.account.revision != .min {
            state.isDoubtful = true
        }
        let own = known ?? Standing(.key(key.id))
        state.keys[key.id] = own
        change(own, to: key.limits, key.revision, now: now)
        // Every change of an account changes the revisions of all its keys.
        if key.revision > state.account.revision {
            change(state.account, to: key.accountLimits, key.revision, now: now)
        }
        return own
    }

    /// What is leased of limits that stay is kept.
    private static func change(_ standing: Standing, to limits: Limits, _ revision: Int64, now: Int64) {
        standing.revision = revision
        standing.allowances = limits.entries.map { entry in
            guard let index = standing.index(of: entry.kind) else {
                return Allowance(entry.kind, ceiling: entry.ceiling, at: now)
            }
            var allowance = standing.allowances[index]
            allowance.change(ceiling: entry.ceiling)
            return allowance
        }
    }
}

/// What the limits say of one request, one after the other.
private struct Judgement {
    let demand: Demand
    let situation: Situation
    /// The account's free quota pays.
    private var isFree = false
    private(set) var isShort = false
    /// Of the first limit without room.
    private(set) var refusal: MeteringError?

    init(demand: Demand, situation: Situation) {
        self.demand = demand
        self.situation = situation
    }

    mutating func considerFreeQuota(of account: AccountMeter.Standing) {
        guard let index = account.index(of: .freeSpendPerMonth) else { return }
        account.allowances[index].roll(to: situation.now)
        switch account.allowances[index].verdict(demand.money, situation) {
        case .fits: isFree = true
        case .short: (isFree, isShort) = (true, true)
        case .exhausted: isFree = false
        }
    }

    /// - Returns: the limits that the request is to claim.
    mutating func claims(on standing: AccountMeter.Standing, isAccounts: Bool) -> UInt16 {
        var claims: UInt16 = 0
        for index in standing.allowances.indices {
            let kind = standing.allowances[index].kind
            if kind.measure == .money {
                // What the free quota pays costs neither the account nor the key anything.
                guard isFree == (kind == .freeSpendPerMonth) else { continue }
            }
            standing.allowances[index].roll(to: situation.now)
            switch standing.allowances[index].verdict(demand.amount(of: kind), situation) {
            case .fits: claims |= kind.bit
            case .short: isShort = true
            case .exhausted:
                guard refusal == nil else { continue }
                let status = standing.allowances[index].status(at: situation.now)
                refusal = .refused(kind, isAccounts: isAccounts, status)
            }
        }
        return claims
    }
}

extension AccountMeter.Admitted {
    /// Keeps the tightest of each.
    fileprivate mutating func note(_ allowance: Allowance) {
        let status = allowance.status(at: at)
        if allowance.kind.measure == .requests {
            requests = requests.map { $0.remaining <= status.remaining ? $0 : status } ?? status
        } else {
            tokens = tokens.map { $0.remaining <= status.remaining ? $0 : status } ?? status
        }
    }
}
