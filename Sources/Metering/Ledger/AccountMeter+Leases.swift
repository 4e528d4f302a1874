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
            request.add(state.account, state.waiters.map(\.demand), situation)
            let byKey = Dictionary(grouping: state.waiters, by: \.key.id)
            for keyID in byKey.keys.sorted() {
                guard let own = state.keys[keyID] else { continue }
                request.add(own, byKey[keyID]?.map(\.demand) ?? [], situation)
            }
            return request
        }
    }

    func granted(_ grants: [LeaseRequest.Grant], for request: LeaseRequest, _ situation: Situation) {
        state.withLock { state in
            for (need, grant) in zip(request.needs, grants) {
                Self.withAllowance(need.subject, need.kind, state) { allowance in
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
        _ subject: Subject, _ kind: LimitKind, _ state: State, _ body: (inout Allowance) -> Void
    ) {
        let standing: Standing? =
            switch subject {
            case .account: state.account
            case .key(let id): state.keys[id]
            }
        guard let standing, let index = standing.index(of: kind) else { return }
        body(&standing.allowances[index])
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
            Self.withAllowance(lease.subject, lease.kind, state) { allowance in
                if allowance.window.start == lease.start { amount = allowance.takeAvailable() }
            }
            return amount
        }
    }

    /// What these requests used is no longer leased.
    func uploaded(_ records: [SpoolRecord]) {
        state.withLock { state in
            for record in records {
                Self.uploaded(record, record.leased.account, state.account)
                guard let own = state.keys[record.entry.keyID] else { continue }
                Self.uploaded(record, record.leased.key, own)
            }
        }
    }

    private static func uploaded(_ record: SpoolRecord, _ claims: UInt16, _ standing: Standing) {
        guard claims != 0 else { return }
        for index in standing.allowances.indices {
            let kind = standing.allowances[index].kind
            guard claims & kind.bit != 0, !kind.isGranted,
                standing.allowances[index].window.contains(record.admittedAt)
            else { continue }
            standing.allowances[index].uploaded(record.outcome.amount(of: kind))
        }
    }

    var isDoubtful: Bool { state.withLock { $0.isDoubtful } }
    func doubt() { state.withLock { $0.isDoubtful = true } }

    /// Believes the store: these are the leases, and there are no others.
    func reconcile(_ leases: [LeaseQueries.LeaseID: Int64]) {
        state.withLock { state in
            for standing in state.everyone {
                for index in standing.allowances.indices where !standing.allowances[index].kind.isGranted {
                    standing.allowances[index].reconcile(leases[standing.lease(index)] ?? 0)
                }
            }
            state.isDoubtful = false
        }
    }

    /// Leases of which nothing is claimed or still to be uploaded.
    var freeLeases: [LeaseQueries.LeaseID] {
        state.withLock { state in
            state.everyone.flatMap { standing in
                standing.allowances.indices.filter { standing.allowances[$0].hasOnlyFree }.map(standing.lease)
            }
        }
    }
}

extension AccountMeter.State {
    fileprivate var everyone: [AccountMeter.Standing] { [account] + keys.values }
}

extension AccountMeter.Standing {
    fileprivate func lease(_ index: Int) -> LeaseQueries.LeaseID {
        let allowance = allowances[index]
        return LeaseQueries.LeaseID(subject: subject, kind: allowance.kind, start: allowance.window.start)
    }
}
