/// Writes ledger rows and moves what they used from leased to used, in one transaction.
///
/// A row that is there already changes nothing, so a batch may be sent again after any failure.
struct UsageUpload: Sendable {
    let records: [SpoolRecord]
    let replica: String

    /// - Returns: how many rows were new.
    func run(_ session: any SQLSession) throws -> Int {
        // In one order at all replicas: two uploads never wait for each other in a circle.
        let accounts = Set(records.map(\.entry.account))
        try LeaseQueries.lock(accounts, session)
        let new = try UsageInsert.run(records, session)
        guard !new.isEmpty else { return 0 }
        let charges = Self.charges(of: new, try Self.limitedKinds(of: accounts, session))
        let unpaid = try LeaseQueries.settle(charges.map(\.charge), at: replica, session)
        var waived: [String: Int64] = [:]
        // Only after a lease was taken from a replica silent for its whole lifetime, or a limit set while requests were
        // open: the row stays, what the budget can't pay is waived, and the budget stays a bound.
        for (charge, amount) in zip(charges, unpaid) where amount > 0 && charge.isPayment {
            Self.waive(amount, charge.records, &waived)
        }
        try UsageRollup.add(try new.map { try Self.waiving(waived, $0.entry, session) }, session)
        return new.count
    }

    // MARK: Charges

    /// What requests used of one limit, and which they were.
    fileprivate struct Group {
        var charge: LeaseQueries.Charge
        var records: [SpoolRecord] = []

        /// What is not paid of it can be waived.
        var isPayment: Bool { charge.id.kind.measure == .money && charge.id.kind != .freeSpendPerMonth }
    }

    /// The kinds of limits that the accounts and their keys have, but for those that no upload moves.
    private static func limitedKinds(
        of accounts: Set<String>, _ session: any SQLSession
    ) throws -> [Subject: Set<LimitKind>] {
        var found: [Subject: Set<LimitKind>] = [:]
        let rows = try session.executeMany(
            "SELECT DISTINCT subject, kind FROM allowances WHERE account_id = $1", accounts.sorted().map { [.text($0)] }
        )
        for row in rows.joined() {
            guard let subject = Subject(try row.text("subject")), let kind = LimitKind(rawValue: try row.text("kind")),
                !kind.isGranted, kind != .concurrentRequests
            else { continue }
            found[subject, default: []].insert(kind)
        }
        return found
    }

    /// What each limit is charged: the leased ones of a record's own, and those set since it was admitted.
    private static func charges(of records: [SpoolRecord], _ limited: [Subject: Set<LimitKind>]) -> [Group] {
        guard !limited.isEmpty else { return [] }
        var groups: [LeaseQueries.LeaseID: Group] = [:]
        for record in records {
            for (subject, claims) in [
                (Subject.account(record.entry.account), record.leased.account),
                (.key(record.entry.keyID), record.leased.key),
            ] {
                for kind in limited[subject] ?? [] { add(record, to: kind, of: subject, claims, &groups) }
            }
        }
        return groups.values.sorted {
            ($0.charge.id.subject.text, $0.charge.id.kind.rawValue) < (
                $1.charge.id.subject.text, $1.charge.id.kind.rawValue
            )
        }
    }

    private static func add(
        _ record: SpoolRecord, to kind: LimitKind, of subject: Subject, _ claims: UInt16,
        _ groups: inout [LeaseQueries.LeaseID: Group]
    ) {
        let isLeased = claims & kind.bit != 0
        guard isLeased || countsUnleased(kind, record) else { return }
        let start = kind.period.window(at: record.admittedAt).start
        let id = LeaseQueries.LeaseID(subject: subject, kind: kind, start: start)
        let amount = record.outcome.amount(of: kind)
        groups[id, default: Group(charge: LeaseQueries.Charge(id: id))].add(amount, isLeased: isLeased, record)
    }

    /// A free request costs its account and its key nothing, and no request is made free afterwards.
    private static func countsUnleased(_ kind: LimitKind, _ record: SpoolRecord) -> Bool {
        kind.measure != .money || (!record.leased.isFree && kind != .freeSpendPerMonth)
    }

    // MARK: What can't be paid

    /// Takes `amount` off the prices of the last rows; a row that several limits can't pay is waived once.
    private static func waive(_ amount: Int64, _ records: [SpoolRecord], _ waived: inout [String: Int64]) {
        var left = amount
        for record in records.reversed() where left > 0 {
            let already = waived[record.entry.requestID] ?? 0
            let now = min(left, record.entry.price.rawValue)
            left -= now
            waived[record.entry.requestID] = max(already, now)
        }
    }

    private static func waiving(
        _ waived: [String: Int64], _ entry: LedgerEntry, _ session: any SQLSession
    ) throws -> LedgerEntry {
        guard !waived.isEmpty, let amount = waived[entry.requestID], amount > 0 else { return entry }
        try session.execute(
            "UPDATE usage SET price = price - $3, waived = waived + $3 WHERE request_id = $1 AND started_at = $2",
            [.text(entry.requestID), .integer(entry.startedAt), .integer(amount)])
        var entry = entry
        entry.price = MicroUnits(entry.price.rawValue - amount)
        entry.waived = MicroUnits(entry.waived.rawValue + amount)
        return entry
    }
}

extension UsageUpload.Group {
    fileprivate mutating func add(_ amount: Int64, isLeased: Bool, _ record: SpoolRecord) {
        if isLeased { charge.leased += amount } else { charge.unleased += amount }
        if isPayment { records.append(record) }
    }
}
