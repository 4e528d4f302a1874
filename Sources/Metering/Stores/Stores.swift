internal import Foundation
internal import Postgres

/// Opens the store that a configuration names.
enum Stores {
    static func open(_ configuration: MeteringConfiguration) throws(StoreError) -> any MeteringStore {
        switch configuration.database {
        case .sqlite(let path):
            try makeFolder(of: path)
            return try SQLiteStore(path: path)
        case .postgres(let uri):
            var postgres = PostgresConfiguration(uri: uri)
            postgres.connectTimeout = configuration.connectTimeout
            postgres.statementTimeout = configuration.statementTimeout
            postgres.maximumConnections = max(1, configuration.maximumConnections)
            return PostgresStore(postgres)
        }
    }

    /// Two connections beside those of the ledger; nil for SQLite, which has one in all.
    static func openForQuestions(_ configuration: MeteringConfiguration) throws(StoreError) -> (any MeteringStore)? {
        guard case .postgres = configuration.database else { return nil }
        var configuration = configuration
        configuration.maximumConnections = 2
        return try open(configuration)
    }

    private static func makeFolder(of path: String) throws(StoreError) {
        let folder = (path as NSString).deletingLastPathComponent
        guard !folder.isEmpty else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(.refused, "can't make the database's folder \(folder): \(error.localizedDescription)")
        }
    }
}
