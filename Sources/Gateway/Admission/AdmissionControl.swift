internal import Metering
internal import Subnets

/// Holds a request's largest possible price before it is dispatched; its ``Bill`` settles what was delivered.
struct AdmissionControl: Sendable {
    let ledger: Ledger

    /// - Returns: the hold; whoever gets it settles or releases it.
    func admit(
        _ caller: Caller, on route: Route, requestID: String, promptTokens: Int, maximumTokens: Int
    ) async throws -> Hold {
        let price = route.cost(promptTokens: promptTokens, completionTokens: maximumTokens)
        let (tokens, overflow) = promptTokens.addingReportingOverflow(maximumTokens)
        return try await ledger.hold(
            price, tokens: overflow ? .max : tokens, for: caller.key, requestID: requestID)
    }
}
