internal import Signing

/// Makes, lists and revokes keys and reads usage, straight from the database: it works with no server running, and a
/// running one follows within a second.
public struct KeyAdministration: Sendable {
    private let store: any MeteringStore
    private let now: @Sendable () -> Int64

    /// Opens the database and brings it to this binary's schema. The state directory is not touched.
    public static func open(_ configuration: MeteringConfiguration) async throws(MeteringError) -> KeyAdministration {
        do {
            let store = try Stores.open(configuration)
            _ = try await Migrator.migrate(store, now: configuration.now())
            return KeyAdministration(store: store, now: configuration.now)
        } catch {
            throw MeteringError(storing: error)
        }
    }

    public func close() async { await store.close() }

    /// What a new key is to be.
    public struct NewKey: Sendable {
        public var account: String
        public var name: String
        /// Requests per minute; nil is unlimited.
        public var requestsPerMinute: Int?
        /// In all; nil is unlimited.
        public var budget: MicroUnits?
        /// Unix milliseconds; nil never.
        public var expiresAt: Int64?
        /// A fixed secret of 12 to 256 visible ASCII characters not beginning with `sk-th-`; nil makes one.
        public var secret: String?

        public init(
            account: String, name: String, requestsPerMinute: Int? = nil, budget: MicroUnits? = nil,
            expiresAt: Int64? = nil, secret: String? = nil
        ) {
            self.account = account
            self.name = name
            self.requestsPerMinute = requestsPerMinute
            self.budget = budget
            self.expiresAt = expiresAt
            self.secret = secret
        }
    }

    /// Makes a key.
    ///
    /// - Returns: the record and the secret, which can't be had again: only its keyed hash is kept.
    /// - Throws: ``MeteringError`` with codes `invalidRequest`, `malformedKey` (a fixed secret of the wrong form),
    ///   `amountOutOfRange`, `storeUnavailable`.
    public func create(_ new: NewKey) async throws(MeteringError) -> (key: APIKey, secret: String) {
        try Self.check(new)
        let secret = new.secret ?? KeySecret.generate()
        let id = "key_" + Self.randomText()
        let createdAt = now()
        let key = try await perform { session in
            let key = APIKey(
                id: id, account: new.account, name: new.name, lastFour: String(secret.suffix(4)),
                requestsPerMinute: new.requestsPerMinute, budget: new.budget, createdAt: createdAt,
                expiresAt: new.expiresAt, revision: try KeyQueries.nextRevision(session))
            let hash = SecretHash(of: secret, pepper: try KeyQueries.pepper(session))
            guard try KeyQueries.insert(key, hash: hash, session) else {
                throw MeteringError(.invalidRequest, source: .downstream, message: "this secret is a key already")
            }
            return key
        }
        return (key, secret)
    }

    /// Every key, oldest first; of one account, or of all.
    public func list(account: String? = nil) async throws(MeteringError) -> [KeyStatus] {
        try await perform { try KeyQueries.all(account: account, $0) }
    }

    /// Ends a key for good. Replicas refuse it within a second.
    ///
    /// - Throws: ``MeteringError`` with code `unknownKey` when no key has this id.
    public func revoke(_ keyID: String) async throws(MeteringError) {
        let now = now()
        try await perform { session in
            let revision = try KeyQueries.nextRevision(session)
            guard try KeyQueries.revoke(keyID, at: now, revision: revision, session) else {
                throw MeteringError.unknownKey
            }
        }
    }

    /// Sums of the uploaded ledger.
    public func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageTotal] {
        try await perform { try query.totals($0) }
    }

    /// Rows of the uploaded ledger, the latest first.
    public func entries(_ query: UsageQuery, limit: Int = 100) async throws(MeteringError) -> [LedgerEntry] {
        try await perform { try query.entries(limit: limit, $0) }
    }

    private func perform<R: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> R
    ) async throws(MeteringError) -> R {
        do { return try await store.transaction(body) } catch { throw MeteringError(storing: error) }
    }

    private static func check(_ new: NewKey) throws(MeteringError) {
        for text in [new.account, new.name] {
            guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw MeteringError(
                    .invalidRequest, source: .downstream,
                    message: "account and name have 1 to 128 bytes of visible text")
            }
        }
        if let rate = new.requestsPerMinute, !(0...1_000_000_000).contains(rate) {
            throw MeteringError(
                .invalidRequest, source: .downstream, message: "requests per minute are between 0 and 1000000000")
        }
        if let budget = new.budget, !budget.isChargeable { throw .amountOutOfRange }
        if let secret = new.secret, !KeySecret.isImportable(secret) {
            throw MeteringError(
                .malformedKey, source: .downstream,
                message: "a fixed secret has 12 to 256 visible ASCII characters and does not begin with sk-th-")
        }
    }

    private static func randomText() -> String {
        var random = SystemRandomNumberGenerator()
        return Hex.encode((0..<8).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
}
