import Gateway
import HTTPTransport
import Logging
import Metering
import ServiceLifecycle

/// The admin API on a listener of its own.
struct AdminListener: Service {
    let server: HTTPServer
    let grace: Duration
    private let administration: Administration

    /// - Returns: nil where the configuration has none.
    /// - Throws: ``AdminTokenError``, ``TransportError``.
    static func start(
        _ configuration: ThalamusConfiguration, on loops: EventLoops, logger: Logger
    ) async throws -> AdminListener? {
        guard let admin = configuration.admin else { return nil }
        let token = try admin.token()
        let administration = try Administration.attach(configuration.metering, actor: "admin")
        var listener = configuration.server
        listener.host = admin.host
        listener.port = admin.port
        listener.errorBody = OpenAIError.transportAnswer
        let api = AdminAPI(administration: administration, token: token, logger: logger)
        let server = try await HTTPServer.start(listener, on: loops, responder: api, logger: logger)
        logger.info(
            "Listening for the operator", metadata: ["server.host": "\(admin.host)", "server.port": "\(server.port)"])
        return AdminListener(server: server, grace: configuration.drainGrace, administration: administration)
    }

    func run() async throws {
        try? await gracefulShutdown()
        await server.shutDown(grace: grace)
        await administration.close()
    }
}
