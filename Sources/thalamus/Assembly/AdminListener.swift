import Gateway
import HTTPTransport
import Logging
import Metering
import ServiceLifecycle

/// The admin API on a listener of its own.
struct AdminListener: Service {
    let server: HTTPServer
    private let grace: Duration
    private let drain: Drain
    private let administration: Administration

    /// - Returns: nil where the configuration has none.
    /// - Throws: ``AdminTokenError``, ``TransportError``.
    static func start(
        _ configuration: ThalamusConfiguration, drain: Drain, on loops: EventLoops, logger: Logger
    ) async throws -> AdminListener? {
        guard let admin = configuration.admin else { return nil }
        let token = try admin.token()
        let administration = try Administration.attach(configuration.metering, actor: "admin")
        var listener = admin.listener
        listener.errorBody = OpenAIError.transportAnswer
        let api = AdminAPI(administration: administration, token: token, logger: logger)
        let server = try await HTTPServer.start(listener, on: loops, responder: api, logger: logger)
        logger.info("Listening for the operator", metadata: listener.metadata(port: server.port))
        if admin.isExposed {
            logger.warning(
                "The admin API listens beyond this machine without TLS: its token can be read on the way",
                metadata: listener.metadata(port: server.port))
        }
        return AdminListener(
            server: server, grace: configuration.drainGrace, drain: drain, administration: administration)
    }

    func run() async throws {
        try await ServerService(server: server, delay: .zero, grace: grace, drain: drain).run()
        await administration.close()
    }
}
