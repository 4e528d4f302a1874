internal import Postgres

/// Hears of changes as other processes commit them: a connection of its own that listens.
actor PostgresChanges {
    /// Sent at the commit of whatever replicas should look at.
    static let channel = "thalamus_changes"

    private let configuration: PostgresConfiguration
    private var connection: PostgresConnection?

    init(_ configuration: PostgresConfiguration) { self.configuration = configuration }

    /// Returns once something changed, or may have: a connection that had to be made anew may have missed it.
    ///
    /// - Throws: ``PostgresError`` while the server is away, `CancellationError`.
    func wait() async throws {
        guard let connection else {
            let made = try await PostgresConnection.connect(configuration)
            try await made.withSession { session in
                _ = try session.executeSimple("LISTEN \(Self.channel)")
            }
            connection = made
            return
        }
        do {
            while true {
                try Task.checkCancellation()
                // In slices, because the thread that waits does not hear of cancellation.
                let isChanged = try await connection.withSession { session in
                    try session.waitForNotification(until: .now.advanced(by: .milliseconds(250)))
                }
                if isChanged { return }
            }
        } catch let error as PostgresError {
            self.connection = nil
            throw error
        }
    }

    func close() async {
        await connection?.close()
        connection = nil
    }
}
