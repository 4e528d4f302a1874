internal import Foundation

/// ## Configuration keys (scope `metering`)
/// - `database` (text): a SQLite file's path, or `postgres://…` / `postgresql://…` as libpq reads it
/// - `state_directory` (text): this replica's own: identity, lock, and the spool of usage not uploaded yet
/// - `maximum_connections` (int, default 8, 1...256): to PostgreSQL; beside them one listens for
///   changes, and two are for what callers ask about their own usage
/// - `connect_timeout`, `statement_timeout` (duration, default 5s): a statement that takes longer counts as a database
///   that is down
/// - `upload_interval` (duration, default 200ms): how often usage is uploaded and changes of keys are looked for
/// - `outage_grace` (duration, default 1h): how long known keys keep working while the database is away
/// - `lease_lifetime` (duration, default 24h): leases of a replica that has been silent for so long are taken back; must
///   exceed `outage_grace`
/// - `usage_retention` (duration, default: for ever): single requests are dropped once their whole month is older; daily
///   sums stay
/// - `idempotency_retention` (duration, default 24h): how long the answers to requests with an `Idempotency-Key` are kept
/// - `maximum_outcome_bytes` (int, default 1 MiB): larger ones are not kept
/// - `segment_bytes` (int, default 4194304): size of one spool file
/// - `maximum_spool_bytes` (int, default 4294967296): no request is admitted once the spool would outgrow this
/// - `cached_keys` (int, default 100000)
public struct MeteringConfiguration: Sendable {
    /// Where accounts, keys and the ledger are.
    public enum Database: Hashable, Sendable {
        case sqlite(path: String)
        case postgres(uri: String)

        /// `postgres://` and `postgresql://` are PostgreSQL's; `sqlite:` may precede a path.
        public init(_ text: String) {
            if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
                self = .postgres(uri: text)
            } else if text.hasPrefix("sqlite:") {
                self = .sqlite(path: String(text.dropFirst("sqlite:".count)))
            } else {
                self = .sqlite(path: text)
            }
        }
    }

    public var database: Database
    public var stateDirectory: String
    public var maximumConnections = 8
    public var connectTimeout: Duration = .seconds(5)
    public var statementTimeout: Duration = .seconds(5)
    public var uploadInterval: Duration = .milliseconds(200)
    public var outageGrace: Duration = .seconds(3_600)
    public var leaseLifetime: Duration = .seconds(86_400)
    public var usageRetention: Duration?
    public var idempotencyRetention: Duration = .seconds(86_400)
    public var maximumOutcomeBytes = 1 << 20
    public var segmentBytes = 4 << 20
    public var maximumSpoolBytes = 4 << 30
    public var cachedKeys = 100_000
    /// The wall clock, in unix milliseconds.
    public var now: @Sendable () -> Int64 = MeteringConfiguration.unixMilliseconds

    public init(database: Database, stateDirectory: String) {
        self.database = database
        self.stateDirectory = stateDirectory
    }

    public static let unixMilliseconds: @Sendable () -> Int64 = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
