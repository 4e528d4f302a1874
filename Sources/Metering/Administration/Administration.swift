internal import Signing

/// Makes and changes accounts, keys, plans, prices and credit, and reads usage, straight from the database: it works
/// with no server running, and running ones follow within a second.
///
/// Every change is one transaction that also writes what was done, and by whom, into the audit log.
public struct Administration: Sendable {
    let store: any MeteringStore
    let now: @Sendable () -> Int64
    /// Who makes the changes, for the audit log: `cli`, or the name of an admin token.
    let actor: String

    /// Opens the database and brings it to this binary's schema. The state directory is not touched.
    ///
    /// - Parameter actor: 1 to 128 bytes of visible text.
    public static func open(
        _ configuration: MeteringConfiguration, actor: String = "cli"
    ) async throws(MeteringError) -> Administration {
        do {
            let store = try Stores.open(configuration)
            _ = try await Migrator.migrate(store, now: configuration.now())
            return Administration(store: store, now: configuration.now, actor: actor)
        } catch {
            throw MeteringError(storing: error)
        }
    }

    /// Attaches to the database as it is, on connections of its own: for a server whose ``Ledger`` brings it to this
    /// binary's schema. The database may be away.
    ///
    /// - Parameter maximumConnections: to PostgreSQL: few, so that no admission ever waits for an operator's question.
    public static func attach(
        _ configuration: MeteringConfiguration, actor: String, maximumConnections: Int = 2
    ) throws(MeteringError) -> Administration {
        var configuration = configuration
        configuration.maximumConnections = maximumConnections
        do {
            return Administration(store: try Stores.open(configuration), now: configuration.now, actor: actor)
        } catch {
            throw MeteringError(storing: error)
        }
    }

    init(store: any MeteringStore, now: @escaping @Sendable () -> Int64, actor: String) {
        self.store = store
        self.now = now
        self.actor = actor
    }

    /// The same, in another's name.
    public func acting(as actor: String) -> Administration { Administration(store: store, now: now, actor: actor) }

    public func close() async { await store.close() }

    /// - Throws: ``MeteringError`` with code `notFound`.
    public func checkAccount(_ id: String) async throws(MeteringError) {
        try await perform { session in
            let rows = try session.execute("SELECT id FROM accounts WHERE id = $1", [.text(id)])
            guard !rows.isEmpty else { throw Self.unknown("account", id) }
        }
    }

    /// - Throws: ``MeteringError`` with code `notFound`.
    public func checkKey(_ id: String) async throws(MeteringError) {
        try await perform { session in
            let rows = try session.execute("SELECT id FROM keys WHERE id = $1", [.text(id)])
            guard !rows.isEmpty else { throw Self.unknown("key", id) }
        }
    }

    // MARK: Transactions

    /// Reads.
    func perform<R: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> R
    ) async throws(MeteringError) -> R {
        do { return try await store.transaction(body) } catch { throw MeteringError(storing: error) }
    }

    /// What a change did, for the audit log.
    struct Action: Sendable {
        var name: String
        var subject: String
        /// Names and values; never a secret.
        var detail: [(String, String)] = []
    }

    /// Changes something and says so in the audit log.
    ///
    /// - Parameter body: gets the change's revision; returns what was done beside its result.
    func change<R: Sendable>(
        _ body: @escaping @Sendable (any SQLSession, _ revision: Int64) throws -> (R, Action)
    ) async throws(MeteringError) -> R {
        let (actor, now) = (actor, now)
        return try await perform { session in
            // First, so that changes queue here and never wait for each other in a circle.
            let revision = try KeyQueries.nextRevision(session)
            let (result, action) = try body(session, revision)
            try AuditLog.append(action, by: actor, at: now(), session)
            return result
        }
    }

    // MARK: Checks

    static func checkName(_ text: String, _ what: String, maximumBytes: Int = 128) throws(MeteringError) {
        guard (1...maximumBytes).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw MeteringError(
                .invalidRequest, source: .downstream, message: "\(what) has 1 to \(maximumBytes) bytes of visible text")
        }
    }

    static func randomText() -> String {
        var random = SystemRandomNumberGenerator()
        return Hex.encode((0..<8).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    static func unknown(_ what: String, _ id: String) -> MeteringError {
        MeteringError(.notFound, source: .downstream, message: "no \(what) has the id \(id.prefix(128))")
    }
}
