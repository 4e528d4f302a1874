/// Where the winning answer goes, piece by piece, in order.
public protocol CompletionSink: Sendable {
    /// Called by the winning attempt alone.
    ///
    /// - Returns: false when no more is wanted.
    /// - Throws: when the client can't be reached; the attempt ends and no other is made.
    func receive(_ delta: CompletionDelta, from choice: DispatchPlan.Choice) async throws -> Bool
}

/// Who answered, and how it went.
public struct Winner: Sendable {
    public let choice: DispatchPlan.Choice
    /// Attempts begun for the request.
    public let attempts: Int
}
