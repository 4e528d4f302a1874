/// What callers may know of themselves.
extension Ledger {
    /// Answers to named requests that are larger are not kept.
    public var maximumOutcomeBytes: Int { configuration.maximumOutcomeBytes }

    /// A key with where its limits stand.
    ///
    /// - Throws: ``MeteringError`` with code `storeUnavailable`.
    public func status(of key: APIKey) async throws(MeteringError) -> KeyStatus {
        try await ask { try KeyStatus(key, $0) }
    }

    /// A page of sums over the uploaded ledger.
    ///
    /// - Throws: ``MeteringError`` with codes `storeUnavailable`, `invalidRequest` for a cursor of another list.
    public func usage(_ query: UsageQuery, _ page: PageRequest) async throws(MeteringError) -> Page<UsageTotal> {
        try await ask { Page(try query.totals(page, $0), page, key: query.key) }
    }

    /// The ledger's row of one request; nil when there is none, or it is another key's.
    ///
    /// A request that was answered just now may still be in this replica's spool, or another's: it is looked for again
    /// for a second.
    ///
    /// - Throws: ``MeteringError`` with code `storeUnavailable`.
    public func entry(_ requestID: String, of key: APIKey) async throws(MeteringError) -> LedgerEntry? {
        guard (1...SpoolRecord.requestIDBytes).contains(requestID.utf8.count), !requestID.utf8.contains(0) else {
            return nil
        }
        // Ever more rarely: ids that nobody has must not keep the database busy.
        for pause in [100, 200, 300, 400] {
            if let found = try await ask({ try UsageQuery.entry(requestID, of: key, $0) }) { return found }
            do { try await Task.sleep(for: .milliseconds(pause)) } catch { return nil }
        }
        return try await ask { try UsageQuery.entry(requestID, of: key, $0) }
    }

    /// A question that takes too long, or that too many ask, says nothing of how the store is.
    private func ask<R: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> R
    ) async throws(MeteringError) -> R {
        do { return try await questions.transaction(body) } catch { throw MeteringError(storing: error) }
    }
}
