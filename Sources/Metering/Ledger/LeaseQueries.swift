/// The statements about allowances and leases: how replicas share limits.
///
/// Every transaction that touches an account's limits, or its keys', locks the account's row first: what is read after
/// the lock stays true until the commit. Several accounts are locked in the order of their ids, so that there is no
/// deadlock.
enum LeaseQueries {
    /// One limit's window.
    struct LeaseID: Hashable, Sendable {
        let subject: Subject
        let kind: LimitKind
        /// Unix milliseconds; 0 for a limit without end.
        let start: Int64

        fileprivate var parameters: [SQLValue] { [.text(subject.text), .text(kind.rawValue), .integer(start)] }

        fileprivate init?(_ row: SQLRow) throws {
            guard let subject = Subject(try row.text("subject")), let kind = LimitKind(rawValue: try row.text("kind"))
            else { return nil }
            self.init(subject: subject, kind: kind, start: try row.integer("starts_at"))
        }

        init(subject: Subject, kind: LimitKind, start: Int64) {
            self.subject = subject
            self.kind = kind
            self.start = start
        }
    }

    struct AllowanceRow: Sendable {
        let target: Int64
        let used: Int64
        let leased: Int64
        let recalls: Int64

        /// What can still be leased.
        var remaining: Int64 { max(0, target - used - leased) }

        init(_ row: SQLRow) throws {
            target = try row.integer("target")
            used = try row.integer("used")
            leased = try row.integer("leased")
            recalls = try row.integer("recalls")
        }
    }

    /// Locks an account's limits until the end of the transaction.
    ///
    /// - Returns: false when there is no such account.
    static func lock(_ account: String, _ session: any SQLSession) throws -> Bool {
        try lock([account], session)
    }

    /// - Returns: false when one of the accounts does not exist.
    @discardableResult
    static func lock(_ accounts: some Sequence<String>, _ session: any SQLSession) throws -> Bool {
        try session.executeMany(
            "SELECT id FROM accounts WHERE id = $1 \(session.forUpdate)", accounts.sorted().map { [.text($0)] }
        ).allSatisfy { !$0.isEmpty }
    }

    /// An allowance, made where it does not exist yet with what was used of it before it had a limit.
    ///
    /// - Returns: nil for credit that was never paid in.
    static func allowance(
        _ id: LeaseID, of account: String, ceiling: Int64, _ session: any SQLSession
    ) throws -> AllowanceRow? {
        let select = """
            SELECT target, used, leased, recalls FROM allowances WHERE subject = $1 AND kind = $2 AND starts_at = $3
            """
        if let row = try session.execute(select, id.parameters).first { return try AllowanceRow(row) }
        guard id.kind != .credit else { return nil }
        let used = try UsageRollup.used(id, session)
        try session.execute(
            """
            INSERT INTO allowances (subject, kind, starts_at, account_id, target, ceiling, used, leased, recalls) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)
            """,
            id.parameters + [.text(account), .integer(ceiling), .integer(max(ceiling, used)), .integer(used)])
        return try session.execute(select, id.parameters).first.map { try AllowanceRow($0) }
    }

    /// Takes from a window for good.
    static func take(_ id: LeaseID, _ amount: Int64, _ session: any SQLSession) throws {
        try session.execute(
            "UPDATE allowances SET used = used + $4 WHERE subject = $1 AND kind = $2 AND starts_at = $3",
            id.parameters + [.integer(amount)])
    }

    /// Grows (or with a negative amount shrinks) a lease and the sum of leases, and notes recalls as obeyed.
    static func extend(
        _ id: LeaseID, of account: String, at replica: String, by amount: Int64, recalls: Int64,
        _ session: any SQLSession
    ) throws {
        try session.execute(
            """
            INSERT INTO leases (subject, kind, starts_at, replica_id, account_id, amount, recalls) \
            VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (subject, kind, starts_at, replica_id) DO NOTHING
            """,
            id.parameters + [.text(replica), .text(account), .integer(recalls)])
        try session.execute(
            """
            UPDATE leases SET amount = amount + $5, recalls = $6 \
            WHERE subject = $1 AND kind = $2 AND starts_at = $3 AND replica_id = $4
            """,
            id.parameters + [.text(replica), .integer(amount), .integer(recalls)])
        try session.execute(
            "UPDATE allowances SET leased = leased + $4 WHERE subject = $1 AND kind = $2 AND starts_at = $3",
            id.parameters + [.integer(amount)])
    }

    /// Asks the other replicas for what they do not use, unless they were asked and have not answered yet.
    static func recall(_ id: LeaseID, for replica: String, _ session: any SQLSession) throws {
        let asked = try session.execute(
            """
            UPDATE allowances SET recalls = recalls + 1 WHERE subject = $1 AND kind = $2 AND starts_at = $3 AND EXISTS \
            (SELECT 1 FROM leases l WHERE l.subject = allowances.subject AND l.kind = allowances.kind AND \
            l.starts_at = allowances.starts_at AND l.replica_id <> $4 AND l.amount > 0 AND \
            l.recalls = allowances.recalls) RETURNING recalls
            """,
            id.parameters + [.text(replica)])
        if !asked.isEmpty { try KeyQueries.notify(session) }
    }

    /// Leases, by account, of which another replica wants back what this one does not use.
    static func recalled(from replica: String, _ session: any SQLSession) throws -> [String: [LeaseID]] {
        try grouped(
            """
            SELECT l.subject, l.kind, l.starts_at, l.account_id FROM leases l JOIN allowances a \
            ON a.subject = l.subject AND a.kind = l.kind AND a.starts_at = l.starts_at \
            WHERE l.replica_id = $1 AND l.amount > 0 AND l.recalls < a.recalls
            """,
            replica, session)
    }

    /// Every lease of a replica, by account.
    static func leases(of replica: String, _ session: any SQLSession) throws -> [String: [LeaseID]] {
        try grouped(
            "SELECT subject, kind, starts_at, account_id FROM leases WHERE replica_id = $1", replica, session)
    }

    private static func grouped(
        _ sql: String, _ replica: String, _ session: any SQLSession
    ) throws -> [String: [LeaseID]] {
        var found: [String: [LeaseID]] = [:]
        for row in try session.execute(sql, [.text(replica)]) {
            guard let id = try LeaseID(row) else { continue }
            found[try row.text("account_id"), default: []].append(id)
        }
        return found
    }

    /// What a replica leases of an account's limits, and its keys'.
    static func amounts(
        of account: String, at replica: String, _ session: any SQLSession
    ) throws -> [LeaseID: Int64] {
        var amounts: [LeaseID: Int64] = [:]
        let rows = try session.execute(
            "SELECT subject, kind, starts_at, amount FROM leases WHERE account_id = $1 AND replica_id = $2",
            [.text(account), .text(replica)])
        for row in rows {
            guard let id = try LeaseID(row) else { continue }
            amounts[id] = try row.integer("amount")
        }
        return amounts
    }

    /// Gives back all that a replica leases of some limits of one account.
    static func release(
        _ ids: [LeaseID], of account: String, at replica: String, _ session: any SQLSession
    ) throws {
        guard try lock(account, session) else { return }
        for id in ids {
            let rows = try session.execute(
                """
                DELETE FROM leases WHERE subject = $1 AND kind = $2 AND starts_at = $3 AND replica_id = $4 \
                RETURNING amount
                """,
                id.parameters + [.text(replica)])
            for row in rows {
                try session.execute(
                    "UPDATE allowances SET leased = leased - $4 WHERE subject = $1 AND kind = $2 AND starts_at = $3",
                    id.parameters + [.integer(try row.integer("amount"))])
            }
        }
    }

    /// Gives a part of a lease back, and notes recalls as obeyed.
    static func giveBack(
        _ id: LeaseID, _ amount: Int64, of account: String, at replica: String, _ session: any SQLSession
    ) throws {
        let rows = try session.execute(
            "SELECT target, used, leased, recalls FROM allowances WHERE subject = $1 AND kind = $2 AND starts_at = $3",
            id.parameters)
        guard let row = try rows.first.map({ try AllowanceRow($0) }) else { return }
        try extend(id, of: account, at: replica, by: -amount, recalls: row.recalls, session)
    }

    /// What requests used of one limit.
    struct Charge: Sendable {
        let id: LeaseID
        /// Covered by the replica's lease.
        var leased: Int64 = 0
        /// Not covered: admitted before there was this limit.
        var unleased: Int64 = 0
    }

    /// Charges what a replica's requests used: its leases shrink, and what they did not cover comes out of what is left
    /// of the limits. The accounts are locked.
    ///
    /// - Returns: for each charge what its limit could not pay.
    static func settle(_ charges: [Charge], at replica: String, _ session: any SQLSession) throws -> [Int64] {
        let found = try session.executeMany(
            """
            SELECT a.target, a.used, a.leased, a.recalls, COALESCE(l.amount, 0) AS lease FROM allowances a \
            LEFT JOIN leases l ON l.subject = a.subject AND l.kind = a.kind AND l.starts_at = a.starts_at \
            AND l.replica_id = $4 WHERE a.subject = $1 AND a.kind = $2 AND a.starts_at = $3
            """,
            charges.map { $0.id.parameters + [.text(replica)] })
        var unpaid: [Int64] = []
        var leases: [[SQLValue]] = []
        var allowances: [[SQLValue]] = []
        for (charge, rows) in zip(charges, found) {
            guard let row = rows.first else {
                unpaid.append(0)
                continue
            }
            let standing = try AllowanceRow(row)
            let fromLease = min(charge.leased, try row.integer("lease"))
            let beyond = charge.leased - fromLease + charge.unleased
            let payable = min(beyond, standing.remaining)
            unpaid.append(beyond - payable)
            if fromLease > 0 { leases.append(charge.id.parameters + [.text(replica), .integer(fromLease)]) }
            guard fromLease + payable > 0 else { continue }
            allowances.append(charge.id.parameters + [.integer(fromLease), .integer(fromLease + payable)])
        }
        try session.executeMany(
            """
            UPDATE leases SET amount = amount - $5 \
            WHERE subject = $1 AND kind = $2 AND starts_at = $3 AND replica_id = $4
            """, leases)
        try session.executeMany(
            """
            UPDATE allowances SET leased = leased - $4, used = used + $5 \
            WHERE subject = $1 AND kind = $2 AND starts_at = $3
            """, allowances)
        return unpaid
    }

    // MARK: Housekeeping

    /// Drops windows that ended at least two days ago, and minutes that ended ten minutes ago, with whatever was leased
    /// of them: usage that comes later is in the ledger all the same.
    static func forgetWindows(_ kinds: [LimitKind], before now: Int64, _ session: any SQLSession) throws {
        for kind in kinds where kind.period != .forever {
            let limit = now - (kind.isGranted ? 600_000 : 2 * Period.dayLength)
            let start = kind.period.window(at: limit).start
            for table in ["leases", "allowances"] {
                try session.execute(
                    "DELETE FROM \(table) WHERE kind = $1 AND starts_at < $2", [.text(kind.rawValue), .integer(start)])
            }
        }
    }
}
