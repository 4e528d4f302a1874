/// The ledger's monthly partitions on PostgreSQL, and how long rows are kept on both stores.
enum UsagePartitions {
    /// Months that are made ahead.
    private static let monthsAhead = 2

    /// Makes the partitions of this month and of the next ones, with whatever rows of theirs came before them.
    static func prepare(at now: Int64, _ session: any SQLSession) throws {
        guard session.dialect == .postgres else { return }
        var window = Period.month.window(at: now)
        for _ in 0...monthsAhead {
            if try !session.hasTable(name(of: window)) {
                // Another replica may be at it: look again behind the lock.
                try session.lockForMigration()
                if try !session.hasTable(name(of: window)) { try make(window, session) }
            }
            window = Period.month.window(at: window.end)
        }
    }

    private static func make(_ window: Window, _ session: any SQLSession) throws {
        let name = name(of: window)
        let range = "started_at >= \(window.start) AND started_at < \(window.end)"
        try session.execute("CREATE TABLE \(name) (LIKE usage INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        // While the default partition still has rows of the month, PostgreSQL attaches no other.
        try session.execute("INSERT INTO \(name) SELECT * FROM usage_other WHERE \(range)")
        try session.execute("DELETE FROM usage_other WHERE \(range)")
        try session.execute(
            "ALTER TABLE usage ATTACH PARTITION \(name) FOR VALUES FROM (\(window.start)) TO (\(window.end))")
    }

    /// Drops the rows of months that ended before `limit`; the daily sums stay.
    ///
    /// - Returns: what was dropped, for the log; empty when there was nothing.
    static func forget(before limit: Int64, _ session: any SQLSession) throws -> [String] {
        switch session.dialect {
        case .sqlite:
            // Few at a time: nothing else can write meanwhile.
            let rows = try session.execute(
                """
                DELETE FROM usage WHERE rowid IN (SELECT rowid FROM usage WHERE started_at < $1 LIMIT 5000) \
                RETURNING started_at
                """,
                [.integer(Period.month.window(at: limit).start)])
            return rows.isEmpty ? [] : ["\(rows.count) rows"]
        case .postgres:
            let tables = try session.execute(
                """
                SELECT c.relname AS name FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid \
                WHERE i.inhparent = 'usage'::regclass AND c.relname LIKE 'usage\\_2%' ORDER BY c.relname
                """)
            let first = name(of: Period.month.window(at: limit))
            let old = try tables.map { try $0.text("name") }.filter { $0 < first && isName($0) }
            for table in old { try session.execute("DROP TABLE \(table)") }
            let start = Period.month.window(at: limit).start
            try session.execute("DELETE FROM usage_other WHERE started_at < $1", [.integer(start)])
            return old
        }
    }

    /// Such as `usage_2026_11`.
    static func name(of window: Window) -> String {
        let (year, month) = CivilDate.yearAndMonth(day: window.start / Period.dayLength)
        return "usage_\(year)_\(month < 10 ? "0" : "")\(month)"
    }

    private static func isName(_ name: String) -> Bool {
        name.dropFirst(6).utf8.allSatisfy { $0 == UInt8(ascii: "_") || (0x30...0x39).contains($0) }
    }
}
