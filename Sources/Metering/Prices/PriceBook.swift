/// Prices in time: what a model costs from when on.
public struct PriceBook: Sendable, Equatable {
    /// One model's price from a time on.
    public struct Entry: Sendable, Hashable {
        public let model: String
        /// Unix milliseconds.
        public let startsAt: Int64
        public let price: Price

        public init(model: String, startsAt: Int64, price: Price) {
            self.model = model
            self.startsAt = startsAt
            self.price = price
        }
    }

    /// Per model, the latest first.
    private var entries: [String: [Entry]] = [:]

    init(_ entries: [Entry] = []) {
        self.entries = Dictionary(grouping: entries, by: \.model).mapValues { $0.sorted { $0.startsAt > $1.startsAt } }
    }

    /// The price in force at a time; nil before the first.
    func price(of model: String, at now: Int64) -> Price? {
        guard let entries = entries[model] else { return nil }
        return entries.first { $0.startsAt <= now }?.price
    }

    static func read(_ session: any SQLSession, model: String? = nil) throws -> [Entry] {
        try read(
            session, model == nil ? "ORDER BY model, starts_at" : "WHERE model = $1 ORDER BY starts_at",
            model.map { [.text($0)] } ?? [])
    }

    /// - Parameter clauses: what follows `FROM prices p`.
    fileprivate static func read(
        _ session: any SQLSession, _ clauses: String, _ parameters: [SQLValue]
    ) throws -> [Entry] {
        try session.execute(
            """
            SELECT model, starts_at, per_million_prompt_tokens, per_million_completion_tokens, per_request, per_image, \
            per_second FROM prices p \(clauses)
            """, parameters
        ).map { row in
            Entry(
                model: try row.text("model"), startsAt: try row.integer("starts_at"),
                price: Price(
                    perMillionPromptTokens: MicroUnits(try row.integer("per_million_prompt_tokens")),
                    perMillionCompletionTokens: MicroUnits(try row.integer("per_million_completion_tokens")),
                    perRequest: MicroUnits(try row.integer("per_request")),
                    perImage: MicroUnits(try row.integer("per_image")),
                    perSecond: MicroUnits(try row.integer("per_second"))))
        }
    }
}

extension Administration {
    /// Every price that was ever set, by model and time.
    public func prices(of model: String? = nil) async throws(MeteringError) -> [PriceBook.Entry] {
        try await perform { try PriceBook.read($0, model: model) }
    }

    /// The price in force of every model that has one, by model.
    public func prices(_ page: PageRequest) async throws(MeteringError) -> Page<PriceBook.Entry> {
        try page.after?.checkCount(1)
        let now = now()
        return try await perform { session in
            let entries = try PriceBook.read(
                session,
                """
                WHERE starts_at = (SELECT MAX(q.starts_at) FROM prices q WHERE q.model = p.model AND q.starts_at <= $1) \
                AND model > $2 ORDER BY model LIMIT $3
                """,
                [.integer(now), .text(page.after?.fields[0] ?? ""), page.fetched])
            return Page(entries, page) { [$0.model] }
        }
    }

    /// The prices of one model in time, the earliest first; those to come are among them.
    ///
    /// - Throws: ``MeteringError`` with code `notFound` for a model that never had one.
    public func priceHistory(
        of model: String, _ page: PageRequest
    ) async throws(MeteringError) -> Page<PriceBook.Entry> {
        try page.after?.checkCount(1)
        let start = try page.after?.number(0) ?? .min
        return try await perform { session in
            let entries = try PriceBook.read(
                session, "WHERE model = $1 AND starts_at > $2 ORDER BY starts_at LIMIT $3",
                [.text(model), .integer(start), page.fetched])
            guard !entries.isEmpty || page.after != nil else {
                throw MeteringError(
                    .notFound, source: .downstream, message: "no price was set for the model \(model.prefix(128))")
            }
            return Page(entries, page) { ["\($0.startsAt)"] }
        }
    }

    /// Sets what a model costs from a time on. What was admitted before keeps the price it was admitted at.
    ///
    /// - Parameter startsAt: unix milliseconds; nil is now. A price in the past is not changed: it has been charged.
    /// - Throws: ``MeteringError`` with codes `amountOutOfRange`, `invalidRequest`.
    public func setPrice(
        of model: String, to price: Price, startsAt: Int64? = nil
    ) async throws(MeteringError) -> PriceBook.Entry {
        try Self.checkName(model, "a model's id")
        try price.check()
        let now = now()
        let entry = PriceBook.Entry(model: model, startsAt: startsAt ?? now, price: price)
        guard entry.startsAt >= now else {
            throw MeteringError(
                .invalidRequest, source: .downstream, message: "a price starts now or later: the past has been charged")
        }
        return try await change { session, _ in
            try session.execute(
                """
                INSERT INTO prices (model, starts_at, per_million_prompt_tokens, per_million_completion_tokens, \
                per_request, per_image, per_second) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                ON CONFLICT (model, starts_at) DO UPDATE SET per_million_prompt_tokens = $3, \
                per_million_completion_tokens = $4, per_request = $5, per_image = $6, per_second = $7
                """,
                [.text(model), .integer(entry.startsAt)] + Self.amounts(of: price).map { .integer($0.1) })
            let detail = Self.amounts(of: price).map { ($0.0, "\($0.1)") } + [("starts_at", "\(entry.startsAt)")]
            return (entry, Action(name: "price.set", subject: model, detail: detail))
        }
    }

    private static func amounts(of price: Price) -> [(String, Int64)] {
        [
            ("per_million_prompt_tokens", price.perMillionPromptTokens.rawValue),
            ("per_million_completion_tokens", price.perMillionCompletionTokens.rawValue),
            ("per_request", price.perRequest.rawValue), ("per_image", price.perImage.rawValue),
            ("per_second", price.perSecond.rawValue),
        ]
    }
}
