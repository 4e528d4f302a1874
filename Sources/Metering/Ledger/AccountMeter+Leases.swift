internal import Synchronization

/// What the store is asked for, one transaction at a time, and what its answers do to those who wait.
extension AccountMeter {
    private static let maximumAttempts = 16

    /// Queues a request until a lease has grown.
    ///
    /// - Parameter start: called when nobody is growing them yet; must lead to ``nextRequest(replica:_:)``.
    func wait(for demand: Demand, by key: APIKey, start: () -> Void) async -> Answer {
        await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state in
                state.waiters.append(Waiter(key: key, demand: demand, continuation: continuation))
                guard !state.isBusy else { return false }
                state.isBusy = true
                return true
            }
            if isFirst { start() }
        }
    }

    /// What those who wait need, or nil when nobody does any more: then the turn is over.
    func nextRequest(replica: String, _ situation: Situation) -> LeaseRequest? {
        answerWaiters(situation)
        return state.withLock { state in
            guard !state.waiters.isEmpty else {
                state.isBusy = false
                return nil
            }
            var request = LeaseRequest(account: accountID, replica: replica, now: situation.now)
            let demands = state.waiters.map(\.demand)
            for allowance in state.account {
                request.add(allowance, of: .account(accountID), demands, situation)
            }
            let byKey = Dictionary(grouping: state.waiters, by: \.key.id)
            for keyID in byKey.keys.sorted() {
                for allowance in state.keys[keyID] ?? [] {
                    request.add(allowance, of: .key(keyID), byKey[keyID]?.map(\.demand) ?? [], situation)
                }
            }
            return request
        }
    }

    func granted(_ grants: [LeaseRequest.Grant], for request: LeaseRequest, _ situation: Situation) {
        state.withLock { state in
            for (need, grant) in zip(request.needs, grants) {
                Self.withAllowance(need.subject, need.kind, &state) { allowance in
                    allowance.granted(grant, from: need.start, now: situation.now)
                }
            }
        }
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
            let waiters = state.waiters
            state.waiters = []
            for var waiter in waiters {
                switch Self.admit(waiter.demand, by: waiter.key, &state, situation) {
                case .admitted(let admitted): answers.append((waiter, .success(admitted)))
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

    private static func withAllowance(
        _ subject: Subject, _ kind: LimitKind, _ state: inout State, _ body: (inout Allowance) -> Void
    ) {
        switch subject {
        case .account:
            guard let index = state.account.firstIndex(where: { $0.kind == kind }) else { return }
            body(&state.account[index])
        case .key(let id):
            guard let index = state.keys[id]?.firstIndex(where: { $0.kind == kind }) else { return }
            body(&state.keys[id, default: []][index])
        }
    }

    // MARK: The uploader's part

    /// Takes the turn that growing the leases would need, so that nothing else moves them in the store.
    func beginTurn() -> Bool {
        state.withLock { state in
            guard !state.isBusy else { return false }
            state.isBusy = true
            return true
        }
    }

    /// - Returns: true when requests came to wait in the meantime: the turn goes on to grow the leases.
    func endTurn() -> Bool {
        state.withLock { state in
            state.isBusy = !state.waiters.isEmpty
            return state.isBusy
        }
    }

    /// Takes the free part out of a lease, to give it back.
    func takeAvailable(_ lease: LeaseQueries.LeaseID) -> Int64 {
        state.withLock { state in
            var amount: Int64 = 0
            Self.withAllowance(lease.subject, lease.kind, &state) { allowance in
                if allowance.window.start == lease.start { amount = allowance.takeAvailable() }
            }
            return amount
        }
    }

    /// What these requests used is no longer leased.
    func uploaded(_ records: [SpoolRecord]) {
        state.withLock { state in
            for record in records {
                for index in state.account.indices {
                    Self.uploaded(&state.account[index], record, record.leased.account)
                }
                guard record.leased.key != 0, let count = state.keys[record.entry.keyID]?.count else { continue }
                for index in 0..<count {
                    Self.uploaded(&state.keys[record.entry.keyID, default: []][index], record, record.leased.key)
                }
            }
        }
    }

    private static func uploaded(_ allowance: inout Allowance, _ record: SpoolRecord, _ claims: UInt16) {
        let kind = allowance.kind
        guard claims & kind.bit != 0, !kind.isGranted, allowance.window.contains(record.admittedAt) else { return }
        allowance.uploaded(record.outcome.amount(of: kind))
    }

    var isDoubtful: Bool { state.withLock { $0.isDoubtful } }
    func doubt() { state.withLock { $0.isDoubtful = true } }

    /// Believes the store: these are the leases, and there are no others.
    func reconcile(_ leases: [LeaseQueries.LeaseID: Int64]) {
        state.withLock { state in
            for index in state.account.indices {
                Self.reconcile(&state.account[index], .account(accountID), leases)
            }
            for keyID in Array(state.keys.keys) {
                for index in state.keys[keyID, default: []].indices {
                    Self.reconcile(&state.keys[keyID, default: []][index], .key(keyID), leases)
                }
            }
            state.isDoubtful = false
        }
    }

    private static func reconcile(
        _ allowance: inout Allowance, _ subject: Subject, _ leases: [LeaseQueries.LeaseID: Int64]
    ) {
        guard !allowance.kind.isGranted else { return }
        let id = LeaseQueries.LeaseID(subject: subject, kind: allowance.kind, start: allowance.window.start)
        allowance.reconcile(leases[id] ?? 0)
    }

    /// Leases of which nothing is claimed or still to be uploaded.
    var freeLeases: [LeaseQueries.LeaseID] {
        state.withLock { state in
            func free(_ allowances: [Allowance], _ subject: Subject) -> [LeaseQueries.LeaseID] {
                allowances.filter(\.hasOnlyFree).map {
                    LeaseQueries.LeaseID(subject: subject, kind: $0.kind, start: $0.window.start)
                }
            }
            return free(state.account, .account(accountID)) + state.keys.flatMap { free($0.value, .key($0.key)) }
        }
    }
}
