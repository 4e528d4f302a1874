/// The statements about limits as they are set, and what that does to the windows under way.
enum LimitQueries {
    /// - Parameter subject: `account:…`, `key:…` or `plan:…`.
    static func limits(of subject: String, _ session: any SQLSession) throws -> Limits {
        var limits = Limits()
        for row in try session.execute("SELECT kind, ceiling FROM limits WHERE subject = $1", [.text(subject)]) {
            // A newer version's kinds are its own to know.
            guard let kind = LimitKind(rawValue: try row.text("kind")) else { continue }
            limits[kind] = try row.integer("ceiling")
        }
        return limits
    }

    /// Replaces the limits of a subject and of its windows under way.
    ///
    /// - Parameter account: the subject's account, which this locks.
    static func set(
        _ limits: Limits, of subject: Subject, in account: String, at now: Int64, _ session: any SQLSession
    ) throws {
        _ = try LeaseQueries.lock(account, session)
        try write(limits, of: subject.text, session)
        try retarget(limits, of: subject, at: now, session)
    }

    static func write(_ limits: Limits, of subject: String, _ session: any SQLSession) throws {
        try session.execute("DELETE FROM limits WHERE subject = $1", [.text(subject)])
        for entry in limits.entries {
            try session.execute(
                "INSERT INTO limits (subject, kind, ceiling) VALUES ($1, $2, $3)",
                [.text(subject), .text(entry.kind.rawValue), .integer(entry.ceiling)])
        }
    }

    /// Has the windows under way follow: what is used already stays, whatever the new limit. Of a lower one, replicas
    /// are asked for what they lease and do not use.
    static func retarget(
        _ limits: Limits, of subject: Subject, at now: Int64, _ session: any SQLSession
    ) throws {
        for kind in LimitKind.allCases where kind != .credit {
            let start = kind.period.window(at: now).start
            let window: [SQLValue] = [.text(subject.text), .text(kind.rawValue), .integer(start)]
            guard let ceiling = limits[kind] else {
                try session.execute(
                    "DELETE FROM leases WHERE subject = $1 AND kind = $2 AND starts_at = $3", window)
                try session.execute(
                    "DELETE FROM allowances WHERE subject = $1 AND kind = $2 AND starts_at = $3", window)
                continue
            }
            // In the order of the parameters' numbers: `target` first, then the larger of it and what is taken.
            try session.execute(
                """
                UPDATE allowances SET recalls = CASE WHEN target > $4 THEN recalls + 1 ELSE recalls END, target = $4, \
                ceiling = CASE WHEN used + leased > $4 THEN used + leased ELSE $4 END \
                WHERE subject = $1 AND kind = $2 AND starts_at = $3
                """,
                window + [.integer(ceiling)])
        }
    }
}
