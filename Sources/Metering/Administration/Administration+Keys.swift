/// Keys.
extension Administration {
    /// What a new key is to be.
    public struct NewKey: Sendable {
        public var account: String
        /// Make the account if there is none of that id; otherwise it must be there.
        public var makesAccount = true
        public var name: String
        public var limits: Limits
        public var scope = KeyScope()
        /// Unix milliseconds; nil never.
        public var expiresAt: Int64?
        /// A fixed secret of 12 to 256 visible ASCII characters not beginning with `sk-th-`; nil makes one.
        public var secret: String?

        public init(
            account: String, name: String, limits: Limits = [:], expiresAt: Int64? = nil, secret: String? = nil
        ) {
            self.account = account
            self.name = name
            self.limits = limits
            self.expiresAt = expiresAt
            self.secret = secret
        }
    }

    /// What of a key is to change; what is nil stays.
    public struct KeyChange: Sendable {
        public var name: String?
        /// Limits to set; a kind mapped to nil is lifted.
        public var limits: [LimitKind: Int64?] = [:]
        /// Parts of its scope; an empty list allows everything.
        public var models: [String]?
        public var endpoints: [String]?
        public var addresses: [String]?
        /// Unix milliseconds; `.some(nil)` is never.
        public var expiresAt: Int64??

        public init() {}

        fileprivate func scope(over old: KeyScope) -> KeyScope {
            KeyScope(
                models: models ?? old.models, endpoints: endpoints ?? old.endpoints,
                addresses: addresses ?? old.addresses)
        }
    }

    /// Makes a key, and as ``NewKey/makesAccount`` says its account.
    ///
    /// - Returns: the record and the secret, which can't be had again: only its keyed hash is kept.
    /// - Throws: ``MeteringError`` with codes `invalidRequest`, `notFound`, `malformedKey` (a fixed secret of the wrong
    ///   form), `conflict` (one that is a key already), `amountOutOfRange`, `storeUnavailable`.
    public func create(_ new: NewKey) async throws(MeteringError) -> (key: APIKey, secret: String) {
        try Self.check(new)
        let secret = new.secret ?? KeySecret.generate()
        let id = "key_" + Self.randomText()
        let createdAt = now()
        let key = try await change { session, revision in
            let key = APIKey(
                id: id, account: new.account, name: new.name, lastFour: String(secret.suffix(4)), limits: new.limits,
                scope: new.scope, createdAt: createdAt, expiresAt: new.expiresAt, revision: revision)
            guard try new.makesAccount || LeaseQueries.lock(new.account, session) else {
                throw Self.unknown("account", new.account)
            }
            let hash = SecretHash(of: secret, pepper: try KeyQueries.pepper(session))
            guard try KeyQueries.insert(key, hash: hash, session) else {
                throw MeteringError(.conflict, source: .downstream, message: "this secret is a key already")
            }
            guard let made = try KeyQueries.find(id, session) else { throw Self.unknown("key", id) }
            return (made, Action(name: "key.create", subject: id, detail: Self.detail(of: key)))
        }
        return (key, secret)
    }

    /// Every key with where it stands, oldest first; of one account, or of all.
    public func list(account: String? = nil) async throws(MeteringError) -> [KeyStatus] {
        try await perform { session in
            try KeyQueries.all(account: account, session).map { try KeyStatus($0, session) }
        }
    }

    /// Keys with where they stand, oldest first; of one account, or of all.
    public func keys(of account: String? = nil, _ page: PageRequest) async throws(MeteringError) -> Page<KeyStatus> {
        try page.after?.checkCount(2)
        let start = (try page.after?.number(0) ?? .min, page.after?.fields[1] ?? "")
        return try await perform { session in
            let keys = try KeyQueries.page(of: account, after: start, count: page.fetched, session)
            return Page(try keys.map { try KeyStatus($0, session) }, page) { ["\($0.key.createdAt)", $0.key.id] }
        }
    }

    /// One key with where it stands.
    ///
    /// - Throws: ``MeteringError`` with code `notFound`.
    public func key(_ id: String) async throws(MeteringError) -> KeyStatus {
        try await perform { session in
            guard let key = try KeyQueries.find(id, session) else { throw Self.unknown("key", id) }
            return try KeyStatus(key, session)
        }
    }

    /// Changes a key. Replicas follow within a second; what is used already stays used.
    public func update(_ id: String, _ update: KeyChange) async throws(MeteringError) -> APIKey {
        if let name = update.name { try Self.checkName(name, "a key's name") }
        try update.scope(over: KeyScope()).check()
        let now = now()
        return try await change { session, revision in
            guard var key = try KeyQueries.find(id, session) else { throw Self.unknown("key", id) }
            key.name = update.name ?? key.name
            key.scope = update.scope(over: key.scope)
            if let expiresAt = update.expiresAt { key.expiresAt = expiresAt }
            for (kind, ceiling) in update.limits { key.limits[kind] = ceiling }
            try Self.checkKeyLimits(key.limits)
            key.revision = revision
            try KeyQueries.update(key, session)
            if !update.limits.isEmpty {
                try LimitQueries.set(key.limits, of: .key(id), in: key.account, at: now, session)
            }
            guard let changed = try KeyQueries.find(id, session) else { throw Self.unknown("key", id) }
            return (changed, Action(name: "key.update", subject: id, detail: Self.detail(of: changed)))
        }
    }

    /// Gives a key another secret; the old one works on for `overlap`.
    ///
    /// - Returns: the new secret, which can't be had again.
    /// - Throws: ``MeteringError`` with codes `notFound`, `conflict` for a key that is revoked.
    public func rotate(
        _ id: String, overlap: Duration
    ) async throws(MeteringError) -> (key: APIKey, secret: String) {
        let secret = KeySecret.generate()
        let now = now()
        let expiry = now + max(0, overlap.wholeMilliseconds)
        let key = try await change { session, revision in
            guard var key = try KeyQueries.find(id, session) else { throw Self.unknown("key", id) }
            guard key.revokedAt == nil else {
                throw MeteringError(.conflict, source: .downstream, message: "the key is revoked: make another")
            }
            try KeyQueries.expireSecrets(of: id, at: expiry, session)
            let hash = SecretHash(of: secret, pepper: try KeyQueries.pepper(session))
            guard try KeyQueries.insertSecret(hash, of: id, at: now, session) else {
                throw MeteringError(.conflict, source: .downstream, message: "this secret is a key already")
            }
            key.lastFour = String(secret.suffix(4))
            key.revision = revision
            try KeyQueries.update(key, session)
            return (key, Action(name: "key.rotate", subject: id, detail: [("old_secret_until", "\(expiry)")]))
        }
        return (key, secret)
    }

    /// Ends a key for good. Replicas refuse it within a second.
    ///
    /// - Throws: ``MeteringError`` with code `notFound` when no key has this id.
    public func revoke(_ keyID: String) async throws(MeteringError) {
        let now = now()
        try await change { session, revision in
            guard try KeyQueries.revoke(keyID, at: now, revision: revision, session) else {
                throw Self.unknown("key", keyID)
            }
            return ((), Action(name: "key.revoke", subject: keyID))
        }
    }

    // MARK: Checks

    private static func check(_ new: NewKey) throws(MeteringError) {
        try checkName(new.account, "an account's id")
        try checkName(new.name, "a key's name")
        try checkKeyLimits(new.limits)
        try new.scope.check()
        if let secret = new.secret, !KeySecret.isImportable(secret) {
            throw MeteringError(
                .malformedKey, source: .downstream,
                message: "a fixed secret has 12 to 256 visible ASCII characters and does not begin with sk-th-")
        }
    }

    private static func checkKeyLimits(_ limits: Limits) throws(MeteringError) {
        try limits.check()
        guard limits[.credit] == nil, limits[.freeSpendPerMonth] == nil else {
            throw MeteringError(
                .invalidRequest, source: .downstream, message: "credit and free quotas are an account's, not a key's")
        }
    }

    private static func detail(of key: APIKey) -> [(String, String)] {
        var detail = [("account", key.account), ("name", key.name)]
        detail += key.limits.entries.map { ($0.kind.rawValue, "\($0.ceiling)") }
        if !key.scope.models.isEmpty { detail.append(("models", key.scope.models.joined(separator: " "))) }
        if !key.scope.endpoints.isEmpty { detail.append(("endpoints", key.scope.endpoints.joined(separator: " "))) }
        if !key.scope.addresses.isEmpty { detail.append(("addresses", key.scope.addresses.joined(separator: " "))) }
        if let expiry = key.expiresAt { detail.append(("expires_at", "\(expiry)")) }
        return detail
    }
}

/// A key with where its limits stand.
public struct KeyStatus: Sendable, Hashable {
    public let key: APIKey
    /// What the uploaded part of the ledger comes to.
    public let spent: MicroUnits
    /// Of its limits under way.
    public let limits: [LimitStatus]

    init(_ key: APIKey, _ session: any SQLSession) throws {
        self.key = key
        let id = LeaseQueries.LeaseID(subject: .key(key.id), kind: .spend, start: 0)
        spent = MicroUnits(try UsageRollup.used(id, session))
        limits = try LimitStatus.all(of: .key(key.id), session)
    }

    /// Reserved by replicas of the key's budget: open requests, usage not uploaded yet, and slices kept to admit from.
    public var leased: MicroUnits { MicroUnits(limits.first { $0.kind == .spend }?.leased ?? 0) }
}

/// Where one limit stands.
public struct LimitStatus: Sendable, Hashable, Codable {
    public let kind: LimitKind
    public let ceiling: Int64
    /// Unix milliseconds; 0 for a limit without end.
    public let windowStart: Int64
    public let used: Int64
    /// Reserved by replicas.
    public let leased: Int64

    /// The windows of a subject that the database keeps, the latest last.
    static func all(of subject: Subject, _ session: any SQLSession) throws -> [LimitStatus] {
        try session.execute(
            """
            SELECT kind, starts_at, target, used, leased FROM allowances WHERE subject = $1 ORDER BY kind, starts_at
            """,
            [.text(subject.text)]
        ).compactMap { row in
            guard let kind = LimitKind(rawValue: try row.text("kind")) else { return nil }
            return LimitStatus(
                kind: kind, ceiling: try row.integer("target"), windowStart: try row.integer("starts_at"),
                used: try row.integer("used"), leased: try row.integer("leased"))
        }
    }
}
