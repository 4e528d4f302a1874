import HTTPTransport
import Logging
import ServiceLifecycle
import Validator

/// A service that is one function and ends when it is cancelled.
struct ClosureService: Service {
    let body: @Sendable () async throws -> Void

    init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }

    func run() async throws {
        do { try await cancelWhenGracefulShutdown { [body] in try await body() } } catch is CancellationError {}
    }
}

/// The listener: drains when the process is asked to end.
struct ServerService: Service {
    let server: HTTPServer
    let grace: Duration
    let isDraining: DrainFlag

    func run() async throws {
        try? await gracefulShutdown()
        isDraining.set()
        await server.shutDown(grace: grace)
    }
}

/// Keeps the scores on disk.
struct ScoreKeeper: Service {
    static let interval: Duration = .seconds(30)

    let book: ScoreBook
    let path: String
    let logger: Logger

    func run() async throws {
        do { try book.load(from: path) } catch {
            logger.warning(
                "The score book could not be read; scoring begins anew",
                metadata: ["file": "\(path)", "error.cause": "\(error)"])
        }
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.interval)
                save()
            }
        }
        save()
    }

    private func save() {
        do { try book.save(to: path) } catch {
            logger.error(
                "The score book could not be written", metadata: ["file": "\(path)", "error.cause": "\(error)"])
        }
    }
}
