internal import Synchronization

/// What this replica may admit of one key without asking anyone: its lease of the budget and of the current window.
final class KeyMeter: Sendable {
    /// What the admission depends on beyond the key's own state.
    struct Situation {
        /// Unix milliseconds.
        let now: Int64
        let isStoreAvailable: Bool
        /// How many replicas shared the store when it was last seen.
        let replicas: Int64
    }

    enum Admission {
        case admitted(isLeased: Bool, RateStatus?)
        case refused(MeteringError)
        /// The lease must grow first.
        case short
    }

    typealias Answer = Result<(isLeased: Bool, rate: RateStatus?), MeteringError>

    /// A request that waits for the lease to grow.
    private struct Waiter {
        let amount: Int64
        var attempts = 0
        let continuation: CheckedContinuation<Answer, Never>
    }

    /// The lease is `available + held + pending`: free, claimed by open requests, and charged but not uploaded.
    private struct State {
        var requestLimit: Int64?
        var hasBudget: Bool

        var minute = Int64.min
        var requests: Int64 = 0
        var windowGranted: Int64 = 0
        var isWindowExhausted = false
        var admittedInMinute: Int64 = 0

        var available: Int64 = 0
        var held: Int64 = 0
        var pending: Int64 = 0
        /// Amounts from here on were found not to fit, until then.
        var exhausted: (from: Int64, until: Int64)?
        /// A transaction ended without saying how: the store must be asked what the lease is.
        var isDoubtful = false

        var waiters: [Waiter] = []
        var isBusy = false
    }

    static let maximumAttempts = 16
    let keyID: String
    private let state: Mutex<State>

    init(_ key: APIKey) {
        keyID = key.id
        state = Mutex(State(requestLimit: key.requestsPerMinute.map(Int64.init), hasBudget: key.budget != nil))
    }

    /// Takes a changed key's limits over.
    func update(_ key: APIKey) {
        state.withLock { state in
            state.requestLimit = key.requestsPerMinute.map(Int64.init)
            state.hasBudget = key.budget != nil
            state.isWindowExhausted = false
            state.exhausted = nil
        }
    }

    // MARK: Hot path

    /// Admits from the lease, refuses, or finds the lease too short.
    func admit(_ amount: Int64, _ situation: Situation) -> Admission {
        state.withLock { Self.admit(amount, &$0, situation) }
    }

    /// Ends a hold: what was not charged is free again.
    func settle(_ amount: Int64, charged: Int64) {
        state.withLock { state in
            state.held -= amount
            state.available += amount - charged
            state.pending += charged
            if charged < amount { state.exhausted = nil }
        }
    }

    private static func admit(_ amount: Int64, _ state: inout State, _ situation: Situation) -> Admission {
        let minute = situation.now / 60_000
        if state.requestLimit != nil, state.minute != minute {
            state.minute = minute
            state.requests = 0
            state.windowGranted = 0
            state.admittedInMinute = 0
            state.isWindowExhausted = false
        }
        var isFromShare = false
        if let limit = state.requestLimit, state.requests <= 0 {
            if state.isWindowExhausted || limit == 0 { return .refused(.rateLimited(rate(state, situation))) }
            if situation.isStoreAvailable { return .short }
            // No window can be leased while the store is away: the replica keeps to its share of the limit.
            guard state.admittedInMinute < limit / max(1, situation.replicas) else {
                return .refused(.rateLimited(rate(state, situation)))
            }
            isFromShare = true
        }
        if state.hasBudget {
            if state.available < amount {
                if let exhausted = state.exhausted, amount >= exhausted.from, situation.now < exhausted.until {
                    return .refused(.budgetExhausted)
                }
                return situation.isStoreAvailable ? .short : .refused(.storeUnavailable())
            }
            state.available -= amount
            state.held += amount
        }
        guard state.requestLimit != nil else { return .admitted(isLeased: state.hasBudget, nil) }
        if !isFromShare { state.requests -= 1 }
        state.admittedInMinute += 1
        return .admitted(isLeased: state.hasBudget, rate(state, situation))
    }

    private static func rate(_ state: State, _ situation: Situation) -> RateStatus {
        let limit = state.requestLimit ?? 0
        let taken = max(state.windowGranted - state.requests, state.admittedInMinute)
        let left = state.isWindowExhausted ? max(0, state.requests) : max(0, limit - taken)
        return RateStatus(
            limit: Int(clamping: limit), remaining: Int(clamping: left),
            resetsAfter: .milliseconds(60_000 - situation.now % 60_000))
    }

    // MARK: Growing the lease

    /// Queues a request until the lease has grown.
    ///
    /// - Parameter start: called when nobody is growing it yet; must lead to ``nextRequest(replica:_:)``.
    func wait(for amount: Int64, start: () -> Void) async -> Answer {
        await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state in
                state.waiters.append(Waiter(amount: amount, continuation: continuation))
                guard !state.isBusy else { return false }
                state.isBusy = true
                return true
            }
            if isFirst { start() }
        }
    }

    /// What to ask the store for; nil when nobody waits, which ends the caller's turn.
    func nextRequest(replica: String, _ situation: Situation) -> LeaseRequest? {
        answerWaiters(situation)
        return state.withLock { state in
            guard !state.waiters.isEmpty else {
                state.isBusy = false
                return nil
            }
            let waiting = Int64(state.waiters.count)
            let needsRequests = state.requestLimit != nil && state.requests < waiting
            return LeaseRequest(
                keyID: keyID, replica: replica, requestLimit: needsRequests ? state.requestLimit : nil,
                requests: waiting - max(0, state.requests), minute: situation.now / 60_000,
                amounts: state.hasBudget ? state.waiters.map(\.amount) : [], available: state.available)
        }
    }

    func granted(_ grant: LeaseRequest.Grant, for request: LeaseRequest, _ situation: Situation) {
        let refused = state.withLock { state -> [Waiter] in
            state.available += grant.amount
            if request.requestLimit != nil, state.minute == request.minute {
                state.requests += grant.requests
                state.windowGranted = grant.windowGranted
                state.isWindowExhausted = grant.isWindowExhausted
            }
            guard grant.isBudgetExhausted else { return [] }
            // The store had no more: whoever does not fit into what is here now is refused.
            var refused: [Waiter] = []
            var free = state.available
            var kept: [Waiter] = []
            for (index, waiter) in state.waiters.enumerated() {
                if waiter.amount <= free {
                    free -= waiter.amount
                    kept.append(waiter)
                } else if index < request.amounts.count {
                    refused.append(waiter)
                } else {
                    kept.append(waiter)
                }
            }
            state.waiters = kept
            if let least = refused.map(\.amount).min() { state.exhausted = (least, situation.now + 1_000) }
            return refused
        }
        for waiter in refused { waiter.continuation.resume(returning: .failure(.budgetExhausted)) }
    }

    /// The store could not be asked: everyone who waits gets what can be known without it.
    func failed(_ error: MeteringError, _ situation: Situation) {
        answerWaiters(situation)
        let waiters = state.withLock { state in
            state.isDoubtful = true
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(error)) }
    }

    /// Admits or refuses those in the queue who can be, first come first served.
    private func answerWaiters(_ situation: Situation) {
        let answers = state.withLock { state -> [(Waiter, Answer)] in
            var answers: [(Waiter, Answer)] = []
            var kept: [Waiter] = []
            for var waiter in state.waiters {
                switch Self.admit(waiter.amount, &state, situation) {
                case .admitted(let isLeased, let rate): answers.append((waiter, .success((isLeased, rate))))
                case .refused(let error): answers.append((waiter, .failure(error)))
                case .short:
                    waiter.attempts += 1
                    guard waiter.attempts <= Self.maximumAttempts else {
                        answers.append((waiter, .failure(.storeUnavailable())))
                        continue
                    }
                    kept.append(waiter)
                }
            }
            state.waiters = kept
            return answers
        }
        for (waiter, answer) in answers { waiter.continuation.resume(returning: answer) }
    }

    // MARK: The uploader's part

    /// Takes the turn that growing the lease would need, so that nothing else moves it in the store.
    func beginTurn() -> Bool {
        state.withLock { state in
            guard !state.isBusy else { return false }
            state.isBusy = true
            return true
        }
    }

    /// - Returns: true when requests came to wait in the meantime: the turn goes on to grow the lease.
    func endTurn() -> Bool {
        state.withLock { state in
            state.isBusy = !state.waiters.isEmpty
            return state.isBusy
        }
    }

    /// Takes the free part out of the lease, to give it back.
    func takeAvailable() -> Int64 {
        state.withLock { state in
            defer { state.available = min(0, state.available) }
            return max(0, state.available)
        }
    }

    func uploaded(_ charged: Int64) { state.withLock { $0.pending -= charged } }

    var isDoubtful: Bool { state.withLock { $0.isDoubtful } }
    func doubt() { state.withLock { $0.isDoubtful = true } }

    /// Believes the store: the lease is `amount`. May leave less than nothing free, until open requests settle.
    func reconcile(_ amount: Int64) {
        state.withLock { state in
            state.available += amount - (state.available + state.held + state.pending)
            state.isDoubtful = false
        }
    }

    /// There is a lease, and nothing of it is claimed or still to be uploaded.
    var hasOnlyFree: Bool { state.withLock { $0.available > 0 && $0.held == 0 && $0.pending == 0 } }
}
