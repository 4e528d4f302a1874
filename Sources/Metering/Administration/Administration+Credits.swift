/// Credit: what accounts pay in advance.
extension Administration {
    /// Pays credit in, or takes it back: from then on the account's requests need credit to be admitted.
    ///
    /// - Parameters:
    ///   - id: the payment's own id, 1 to 128 bytes: the same one again changes nothing.
    ///   - amount: not zero; what is taken back is at most what is neither spent nor reserved.
    /// - Returns: false when this payment was booked before.
    /// - Throws: ``MeteringError`` with codes `notFound`, `amountOutOfRange`, `invalidRequest`, `conflict` for an id
    ///   that another payment has.
    @discardableResult
    public func topUp(
        _ account: String, by amount: MicroUnits, id: String, reason: String = ""
    ) async throws(MeteringError) -> Bool {
        try Self.checkName(id, "a payment's id")
        if !reason.isEmpty { try Self.checkName(reason, "a payment's reason", maximumBytes: 256) }
        let bound = MicroUnits.maximum.rawValue
        guard amount != .zero, (-bound...bound).contains(amount.rawValue) else { throw .amountOutOfRange }
        let entry = CreditEntry(
            id: id, account: account, amount: amount, reason: reason, createdAt: now())
        return try await perform { session in
            if try Self.isBooked(entry, session) { return false }
            let revision = try KeyQueries.nextRevision(session)
            guard try LeaseQueries.lock(account, session) else { throw Self.unknown("account", account) }
            // Again, now that nobody else can book: the same payment may have been sent twice at once.
            if try Self.isBooked(entry, session) { return false }
            try Self.book(entry, session)
            try AccountQueries.touchKeys(of: account, revision: revision, session)
            let action = Action(
                name: "credit.add", subject: account, detail: [("id", id), ("amount", "\(amount.rawValue)")])
            try AuditLog.append(action, by: actor, at: entry.createdAt, session)
            return true
        }
    }

    /// Payments of an account, the latest first.
    ///
    /// - Throws: ``MeteringError`` with code `notFound`.
    public func credits(of account: String, _ page: PageRequest) async throws(MeteringError) -> Page<CreditEntry> {
        try page.after?.checkCount(2)
        // Behind whatever there can be, where there is no id yet.
        let start = (try page.after?.number(0) ?? .max, page.after?.fields[1] ?? "")
        return try await perform { session in
            guard try !session.execute("SELECT id FROM accounts WHERE id = $1", [.text(account)]).isEmpty else {
                throw Self.unknown("account", account)
            }
            let entries = try session.execute(
                """
                SELECT id, account_id, amount, reason, created_at FROM credits WHERE account_id = $1 \
                AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4
                """,
                [.text(account), .integer(start.0), .text(start.1), page.fetched]
            ).map { try CreditEntry(row: $0) }
            return Page(entries, page) { ["\($0.createdAt)", $0.id] }
        }
    }

    /// One payment.
    ///
    /// - Throws: ``MeteringError`` with code `notFound`.
    public func credit(_ id: String) async throws(MeteringError) -> CreditEntry {
        try await perform { session in
            guard let entry = try Self.credit(id, session) else { throw Self.unknown("payment", id) }
            return entry
        }
    }

    private static func isBooked(_ entry: CreditEntry, _ session: any SQLSession) throws -> Bool {
        guard let booked = try credit(entry.id, session) else { return false }
        guard booked.account == entry.account, booked.amount == entry.amount else {
            throw MeteringError(.conflict, source: .downstream, message: "another payment has the id \(entry.id)")
        }
        return true
    }

    private static func credit(_ id: String, _ session: any SQLSession) throws -> CreditEntry? {
        try session.execute(
            "SELECT id, account_id, amount, reason, created_at FROM credits WHERE id = $1", [.text(id)]
        ).first.map { try CreditEntry(row: $0) }
    }

    private static func book(_ entry: CreditEntry, _ session: any SQLSession) throws {
        let subject = SQLValue.text(Subject.account(entry.account).text)
        try session.execute(
            """
            INSERT INTO allowances (subject, kind, starts_at, account_id, target, ceiling, used, leased, recalls) \
            VALUES ($1, 'credit', 0, $2, 0, 0, 0, 0, 0) ON CONFLICT (subject, kind, starts_at) DO NOTHING
            """,
            [subject, .text(entry.account)])
        let rows = try session.execute(
            "SELECT target, used, leased, recalls FROM allowances WHERE subject = $1 AND kind = 'credit' AND starts_at = 0",
            [subject])
        guard let row = try rows.first.map({ try LeaseQueries.AllowanceRow($0) }) else { return }
        let (target, overflow) = row.target.addingReportingOverflow(entry.amount.rawValue)
        guard !overflow, target <= MicroUnits.maximum.rawValue, target >= row.used + row.leased else {
            throw MeteringError(
                .amountOutOfRange, source: .downstream,
                message: "the account's credit can change by \(MicroUnits(-row.remaining)) to "
                    + "\(MicroUnits(MicroUnits.maximum.rawValue - row.target)), not by \(entry.amount)")
        }
        try session.execute(
            "UPDATE allowances SET target = $2, ceiling = $2 WHERE subject = $1 AND kind = 'credit' AND starts_at = 0",
            [subject, .integer(target)])
        try session.execute(
            "INSERT INTO credits (id, account_id, amount, reason, created_at) VALUES ($1, $2, $3, $4, $5)",
            [
                .text(entry.id), .text(entry.account), .integer(entry.amount.rawValue), .text(entry.reason),
                .integer(entry.createdAt),
            ])
    }
}

extension CreditEntry {
    init(row: SQLRow) throws {
        id = try row.text("id")
        account = try row.text("account_id")
        amount = MicroUnits(try row.integer("amount"))
        reason = try row.text("reason")
        createdAt = try row.integer("created_at")
    }
}
