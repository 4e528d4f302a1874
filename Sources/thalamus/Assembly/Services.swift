import HTTPTransport
import Logging
import ServiceLifecycle
import UnixSignals
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
    /// Between the fall of readiness and the listener's end, so that load balancers see the one before the other.
    let delay: Duration
    let grace: Duration
    let drain: Drain

    func run() async throws {
        try? await gracefulShutdown()
        drain.begin()
        await drain.wait(atMost: delay)
        let impatience = Task {
            await drain.wait(atMost: grace)
            server.hurry()
        }
        await server.shutDown(grace: grace)
        impatience.cancel()
    }
}

/// Reads a listener's certificate again when its files change, and at SIGHUP.
struct CertificateService: Service {
    let certificate: ServerCertificate
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sighup) { await reload(force: true) }
                }
                while !Task.isCancelled {
                    try? await Task.sleep(for: certificate.configuration.reloadInterval)
                    if !Task.isCancelled { await reload(force: false) }
                }
                group.cancelAll()
            }
        }
    }

    private func reload(force: Bool) async {
        let file = certificate.configuration.certificateFile
        do {
            guard try await certificate.reloadInBackground(force: force) else { return }
            logger.info("Certificate read again", metadata: ["file": "\(file)"])
        } catch {
            logger.error(
                "The changed certificate can't be used; the last good one stays in force",
                metadata: ["file": "\(file)", "error.cause": "\(error)"])
        }
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
