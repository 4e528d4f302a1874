/// Usage.
extension Administration {
    /// Sums of the uploaded ledger.
    public func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageTotal] {
        try await perform { try query.totals(nil, $0) }
    }

    /// The same by pages, in the order of the grouped columns.
    public func usage(_ query: UsageQuery, _ page: PageRequest) async throws(MeteringError) -> Page<UsageTotal> {
        try await perform { Page(try query.totals(page, $0), page, key: query.key) }
    }

    /// The rows of the uploaded ledger as a file, by account and in each by time: piece by piece, so that neither side
    /// ever holds more than one.
    public func export(_ query: UsageQuery, as format: UsageFormat) -> LedgerExport {
        LedgerExport(administration: self, query: query, format: format)
    }

    /// Rows of the uploaded ledger, the latest first.
    public func entries(_ query: UsageQuery, limit: Int = 100) async throws(MeteringError) -> [LedgerEntry] {
        try await perform { try query.entries(limit: limit, $0) }
    }
}
