/// Where PostgreSQL is and how long to wait for it.
///
/// The URI is libpq's, so TLS, `PGPASSFILE`, service files and several hosts work as its manual says. It may hold a
/// password and appears in no log or error.
public struct PostgresConfiguration: Sendable {
    public var uri: String
    /// For one attempt, over all hosts of the URI.
    public var connectTimeout: Duration = .seconds(5)
    /// The server ends a statement after this; two seconds later the connection is given up.
    public var statementTimeout: Duration = .seconds(5)
    public var maximumConnections = 8
    /// Name shown in `pg_stat_activity`.
    public var applicationName = "thalamus"

    public init(uri: String) { self.uri = uri }
}
