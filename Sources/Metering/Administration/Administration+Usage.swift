/// Usage.
extension Administration {
    /// Sums of the uploaded ledger.
    public func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageTotal] {
        try await perform { try query.totals($0) }
    }

    /// Rows of the uploaded ledger, the latest first.
    public func entries(_ query: UsageQuery, limit: Int = 100) async throws(MeteringError) -> [LedgerEntry] {
        try await perform { try query.entries(limit: limit, $0) }
    }
}
