internal import CPQ

/// Many statements in one round trip, by libpq's pipeline mode.
extension PostgresSession {
    /// Runs one statement once for each list of parameters, in order, within the transaction that is open.
    ///
    /// - Returns: the result of each.
    /// - Throws: ``PostgresError`` of the first that fails; those behind it did not run.
    public func executePipeline(
        _ sql: String, _ parameters: [[String?]]
    ) throws(PostgresError) -> [PostgresResult] {
        let name = try prepare(sql)
        var results: [PostgresResult] = []
        results.reserveCapacity(parameters.count)
        // In parts, so that neither side fills its socket's buffer with answers that nobody reads yet.
        for part in stride(from: 0, to: parameters.count, by: Self.pipelineLength) {
            let slice = parameters[part..<min(part + Self.pipelineLength, parameters.count)]
            results.append(contentsOf: try runPipeline(name, slice))
        }
        return results
    }

    private static let pipelineLength = 64

    private func runPipeline(
        _ name: String, _ parameters: ArraySlice<[String?]>
    ) throws(PostgresError) -> [PostgresResult] {
        guard PQenterPipelineMode(handle) == 1 else { throw lost() }
        for list in parameters {
            let isSent = Self.withPointers(list) { pointers in
                PQsendQueryPrepared(handle, name, Int32(clamping: list.count), pointers, nil, nil, 0)
            }
            guard isSent == 1 else { throw lost() }
        }
        guard PQpipelineSync(handle) == 1 else { throw lost() }
        let results = try pipelineResults(count: parameters.count)
        guard PQexitPipelineMode(handle) == 1 else { throw lost() }
        return results
    }

    /// Reads up to the synchronisation point, whatever failed before it: the session is usable again afterwards.
    private func pipelineResults(count: Int) throws(PostgresError) -> [PostgresResult] {
        let deadline = ContinuousClock.now.advanced(by: answerTimeout)
        var results: [PostgresResult] = []
        var failure: PostgresError?
        var isSynchronised = false
        var ends = 0
        while !isSynchronised {
            try waitForResult(until: deadline)
            guard let result = PQgetResult(handle) else {
                // Ends one statement's results; more ends than statements would be a connection that lost count.
                ends += 1
                guard ends <= count + 1 else { throw lost(failure) }
                continue
            }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK: results.append(PostgresResult(result))
            case PGRES_PIPELINE_SYNC: isSynchronised = true
            case PGRES_PIPELINE_ABORTED: break
            default: failure = failure ?? Self.error(of: result)
            }
            guard PQstatus(handle) == CONNECTION_OK else { throw lost(failure) }
        }
        if let failure {
            guard PQexitPipelineMode(handle) == 1 else { throw lost(failure) }
            throw failure
        }
        guard results.count == count else { throw lost() }
        return results
    }
}
