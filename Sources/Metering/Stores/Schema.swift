/// The tables, as a list of migrations that is only ever appended to. Both stores run the same text, but for the
/// statements that are marked for one of them.
///
/// Amounts are micro-units, times unix milliseconds. Checks are the last line: the ledger's own order of work keeps
/// `used + leased <= ceiling` before the database has to.
enum Schema {
    enum Statement: ExpressibleByStringLiteral {
        case both(String)
        case only(SQLDialect, String)

        init(stringLiteral value: String) { self = .both(value) }

        func text(for dialect: SQLDialect) -> String? {
            switch self {
            case .both(let text): text
            case .only(let only, let text): only == dialect ? text : nil
            }
        }
    }

    static var version: Int64 { Int64(migrations.count) }

    /// `migrations[n]` leads from version n to n + 1.
    static let migrations: [[Statement]] = [first, second]

    private static let first: [Statement] = [
        "CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE revisions (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL)",
        "INSERT INTO revisions (name, value) VALUES ('keys', 0)",
        "CREATE TABLE accounts (id TEXT NOT NULL PRIMARY KEY, created_at BIGINT NOT NULL)",
        """
        CREATE TABLE api_keys (
            id TEXT NOT NULL PRIMARY KEY,
            account_id TEXT NOT NULL REFERENCES accounts (id),
            name TEXT NOT NULL,
            secret_hash TEXT NOT NULL UNIQUE,
            last_four TEXT NOT NULL,
            requests_per_minute BIGINT CHECK (requests_per_minute >= 0),
            created_at BIGINT NOT NULL,
            expires_at BIGINT,
            revoked_at BIGINT,
            revision BIGINT NOT NULL)
        """,
        "CREATE INDEX api_keys_by_revision ON api_keys (revision)",
        "CREATE INDEX api_keys_by_account ON api_keys (account_id)",
        """
        CREATE TABLE budgets (
            key_id TEXT NOT NULL PRIMARY KEY REFERENCES api_keys (id),
            ceiling BIGINT CHECK (ceiling >= 0),
            spent BIGINT NOT NULL CHECK (spent >= 0),
            leased BIGINT NOT NULL CHECK (leased >= 0),
            recalls BIGINT NOT NULL,
            CHECK (ceiling IS NULL OR spent + leased <= ceiling))
        """,
        "CREATE TABLE replicas (id TEXT NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL)",
        """
        CREATE TABLE budget_leases (
            key_id TEXT NOT NULL REFERENCES budgets (key_id),
            replica_id TEXT NOT NULL,
            amount BIGINT NOT NULL CHECK (amount >= 0),
            recalls BIGINT NOT NULL,
            PRIMARY KEY (key_id, replica_id))
        """,
        "CREATE INDEX budget_leases_by_replica ON budget_leases (replica_id)",
        """
        CREATE TABLE rate_windows (
            key_id TEXT NOT NULL,
            minute BIGINT NOT NULL,
            granted BIGINT NOT NULL CHECK (granted >= 0),
            PRIMARY KEY (key_id, minute))
        """,
        "CREATE INDEX rate_windows_by_minute ON rate_windows (minute)",
        // No references from here on: the ledger outlives what it tells of, and an upload never fails for it.
        """
        CREATE TABLE usage_ledger (
            request_id TEXT NOT NULL PRIMARY KEY,
            account_id TEXT NOT NULL,
            key_id TEXT NOT NULL,
            model TEXT NOT NULL,
            netuid BIGINT NOT NULL,
            endpoint TEXT NOT NULL,
            prompt_tokens BIGINT NOT NULL CHECK (prompt_tokens >= 0),
            completion_tokens BIGINT NOT NULL CHECK (completion_tokens >= 0),
            price BIGINT NOT NULL CHECK (price >= 0),
            waived BIGINT NOT NULL CHECK (waived >= 0),
            status BIGINT NOT NULL,
            is_stream BIGINT NOT NULL,
            miner_hotkey TEXT,
            started_at BIGINT NOT NULL,
            finished_at BIGINT NOT NULL)
        """,
        "CREATE INDEX usage_ledger_by_account ON usage_ledger (account_id, started_at)",
        "CREATE INDEX usage_ledger_by_key ON usage_ledger (key_id, started_at)",
    ]

    /// Accounts with plans, limits of every kind, secrets that rotate, credit, prices, the audit log, and a ledger in
    /// monthly partitions with daily sums.
    private static let second: [Statement] = [
        "CREATE TABLE plans (id TEXT NOT NULL PRIMARY KEY, margin_bps BIGINT NOT NULL, created_at BIGINT NOT NULL)",
        "ALTER TABLE accounts ADD COLUMN name TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE accounts ADD COLUMN plan_id TEXT REFERENCES plans (id)",
        "ALTER TABLE accounts ADD COLUMN margin_bps BIGINT",
        "ALTER TABLE accounts ADD COLUMN closed_at BIGINT",
        "ALTER TABLE replicas ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0",
        """
        CREATE TABLE keys (
            id TEXT NOT NULL PRIMARY KEY,
            account_id TEXT NOT NULL REFERENCES accounts (id),
            name TEXT NOT NULL,
            last_four TEXT NOT NULL,
            models TEXT,
            endpoints TEXT,
            addresses TEXT,
            created_at BIGINT NOT NULL,
            expires_at BIGINT,
            revoked_at BIGINT,
            revision BIGINT NOT NULL)
        """,
        """
        INSERT INTO keys (id, account_id, name, last_four, created_at, expires_at, revoked_at, revision) \
        SELECT id, account_id, name, last_four, created_at, expires_at, revoked_at, revision FROM api_keys
        """,
        "CREATE INDEX keys_by_revision ON keys (revision)",
        "CREATE INDEX keys_by_account ON keys (account_id)",
        """
        CREATE TABLE key_secrets (
            secret_hash TEXT NOT NULL PRIMARY KEY,
            key_id TEXT NOT NULL REFERENCES keys (id),
            created_at BIGINT NOT NULL,
            expires_at BIGINT)
        """,
        """
        INSERT INTO key_secrets (secret_hash, key_id, created_at) SELECT secret_hash, id, created_at FROM api_keys
        """,
        "CREATE INDEX key_secrets_by_key ON key_secrets (key_id)",
        """
        CREATE TABLE limits (
            subject TEXT NOT NULL,
            kind TEXT NOT NULL,
            ceiling BIGINT NOT NULL CHECK (ceiling >= 0),
            PRIMARY KEY (subject, kind))
        """,
        """
        INSERT INTO limits (subject, kind, ceiling) SELECT 'key:' || id, 'requests_per_minute', requests_per_minute \
        FROM api_keys WHERE requests_per_minute IS NOT NULL
        """,
        """
        INSERT INTO limits (subject, kind, ceiling) SELECT 'key:' || key_id, 'spend', ceiling \
        FROM budgets WHERE ceiling IS NOT NULL
        """,
        """
        CREATE TABLE allowances (
            subject TEXT NOT NULL,
            kind TEXT NOT NULL,
            starts_at BIGINT NOT NULL,
            account_id TEXT NOT NULL,
            target BIGINT NOT NULL CHECK (target >= 0),
            ceiling BIGINT NOT NULL,
            used BIGINT NOT NULL CHECK (used >= 0),
            leased BIGINT NOT NULL CHECK (leased >= 0),
            recalls BIGINT NOT NULL,
            PRIMARY KEY (subject, kind, starts_at),
            CHECK (used + leased <= ceiling))
        """,
        """
        INSERT INTO allowances (subject, kind, starts_at, account_id, target, ceiling, used, leased, recalls) \
        SELECT 'key:' || b.key_id, 'spend', 0, k.account_id, b.ceiling, b.ceiling, b.spent, b.leased, b.recalls \
        FROM budgets b JOIN api_keys k ON k.id = b.key_id WHERE b.ceiling IS NOT NULL
        """,
        "CREATE INDEX allowances_by_account ON allowances (account_id)",
        "CREATE INDEX allowances_by_start ON allowances (kind, starts_at)",
        """
        CREATE TABLE leases (
            subject TEXT NOT NULL,
            kind TEXT NOT NULL,
            starts_at BIGINT NOT NULL,
            replica_id TEXT NOT NULL,
            account_id TEXT NOT NULL,
            amount BIGINT NOT NULL CHECK (amount >= 0),
            recalls BIGINT NOT NULL,
            PRIMARY KEY (subject, kind, starts_at, replica_id))
        """,
        """
        INSERT INTO leases (subject, kind, starts_at, replica_id, account_id, amount, recalls) \
        SELECT 'key:' || l.key_id, 'spend', 0, l.replica_id, k.account_id, l.amount, l.recalls \
        FROM budget_leases l JOIN api_keys k ON k.id = l.key_id JOIN budgets b ON b.key_id = l.key_id \
        WHERE b.ceiling IS NOT NULL
        """,
        "CREATE INDEX leases_by_replica ON leases (replica_id)",
        "DROP TABLE budget_leases",
        "DROP TABLE budgets",
        "DROP TABLE rate_windows",
        "DROP TABLE api_keys",
        """
        CREATE TABLE credits (
            id TEXT NOT NULL PRIMARY KEY,
            account_id TEXT NOT NULL REFERENCES accounts (id),
            amount BIGINT NOT NULL CHECK (amount <> 0),
            reason TEXT NOT NULL,
            created_at BIGINT NOT NULL)
        """,
        "CREATE INDEX credits_by_account ON credits (account_id, created_at)",
        """
        CREATE TABLE prices (
            model TEXT NOT NULL,
            starts_at BIGINT NOT NULL,
            per_million_prompt_tokens BIGINT NOT NULL CHECK (per_million_prompt_tokens >= 0),
            per_million_completion_tokens BIGINT NOT NULL CHECK (per_million_completion_tokens >= 0),
            per_request BIGINT NOT NULL CHECK (per_request >= 0),
            per_image BIGINT NOT NULL CHECK (per_image >= 0),
            per_second BIGINT NOT NULL CHECK (per_second >= 0),
            PRIMARY KEY (model, starts_at))
        """,
        """
        CREATE TABLE outcomes (
            account_id TEXT NOT NULL,
            idempotency_hash TEXT NOT NULL,
            request_hash TEXT NOT NULL,
            request_id TEXT NOT NULL,
            replica_id TEXT NOT NULL,
            started_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            outcome TEXT,
            PRIMARY KEY (account_id, idempotency_hash))
        """,
        "CREATE INDEX outcomes_by_expiry ON outcomes (expires_at)",
        """
        CREATE TABLE audit_log (
            sequence BIGINT NOT NULL PRIMARY KEY,
            at BIGINT NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            subject TEXT NOT NULL,
            detail TEXT NOT NULL,
            hash TEXT NOT NULL)
        """,
        "INSERT INTO revisions (name, value) VALUES ('audit', 0)",
        .only(.postgres, usageTable + " PARTITION BY RANGE (started_at)"),
        .only(.sqlite, usageTable),
        // Rows outside of every month's partition: from before this version, or with a clock that was wrong.
        .only(.postgres, "CREATE TABLE usage_other PARTITION OF usage DEFAULT"),
        .both("INSERT INTO usage (\(usageColumns)) SELECT \(usageColumns) FROM usage_ledger"),
        "CREATE INDEX usage_by_account ON usage (account_id, started_at)",
        """
        CREATE TABLE usage_daily (
            account_id TEXT NOT NULL,
            key_id TEXT NOT NULL,
            model TEXT NOT NULL,
            day BIGINT NOT NULL,
            requests BIGINT NOT NULL,
            prompt_tokens BIGINT NOT NULL,
            completion_tokens BIGINT NOT NULL,
            price BIGINT NOT NULL,
            waived BIGINT NOT NULL,
            PRIMARY KEY (account_id, key_id, model, day))
        """,
        """
        INSERT INTO usage_daily (account_id, key_id, model, day, requests, prompt_tokens, completion_tokens, price, \
        waived) SELECT account_id, key_id, model, started_at / 86400000, COUNT(*), CAST(SUM(prompt_tokens) AS BIGINT), \
        CAST(SUM(completion_tokens) AS BIGINT), CAST(SUM(price) AS BIGINT), CAST(SUM(waived) AS BIGINT) \
        FROM usage_ledger GROUP BY account_id, key_id, model, started_at / 86400000
        """,
        "CREATE INDEX usage_daily_by_day ON usage_daily (day)",
        "CREATE INDEX usage_daily_by_key ON usage_daily (key_id, day)",
        "DROP TABLE usage_ledger",
    ]

    private static let usageColumns = """
        request_id, started_at, account_id, key_id, model, netuid, endpoint, prompt_tokens, completion_tokens, price, \
        waived, status, is_stream, miner_hotkey, finished_at
        """

    private static let usageTable = """
        CREATE TABLE usage (
            request_id TEXT NOT NULL,
            started_at BIGINT NOT NULL,
            account_id TEXT NOT NULL,
            key_id TEXT NOT NULL,
            model TEXT NOT NULL,
            netuid BIGINT NOT NULL,
            endpoint TEXT NOT NULL,
            prompt_tokens BIGINT NOT NULL CHECK (prompt_tokens >= 0),
            completion_tokens BIGINT NOT NULL CHECK (completion_tokens >= 0),
            price BIGINT NOT NULL CHECK (price >= 0),
            waived BIGINT NOT NULL CHECK (waived >= 0),
            status BIGINT NOT NULL,
            is_stream BIGINT NOT NULL,
            miner_hotkey TEXT,
            finished_at BIGINT NOT NULL,
            PRIMARY KEY (request_id, started_at))
        """
}
