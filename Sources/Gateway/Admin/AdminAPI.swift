public import HTTPTransport
internal import JSON
public import Logging
public import Metering
internal import NIOCore
internal import NIOHTTP1

/// What answers a request of the admin API that has its token.
typealias AdminHandler = @Sendable (AdminRequest) async throws -> AdminAnswer

/// The operators' API: accounts, keys, plans, prices, credit, usage and the audit log.
///
/// It has a listener of its own, and one token opens all of it. ``Administration`` does the work, as for the command
/// line; what is here is the way from HTTP and back.
public final class AdminAPI: HTTPResponder {
    private let table: HTTPRouteTable<AdminHandler>
    private let token: AdminToken
    private let logger: Logger

    public init(administration: Administration, token: AdminToken, logger: Logger) {
        do throws(HTTPRouteError) {
            table = try HTTPRouteTable(Self.routes(administration))
        } catch {
            preconditionFailure("\(error)")
        }
        self.token = token
        self.logger = logger
    }

    /// All routes, as they are in `openapi/admin.yaml`.
    static func routes(_ administration: Administration) -> [HTTPRoute<AdminHandler>] {
        AccountRoutes(administration: administration).routes + CreditRoutes(administration: administration).routes
            + KeyRoutes(administration: administration).routes + PlanRoutes(administration: administration).routes
            + PriceRoutes(administration: administration).routes + UsageRoutes(administration: administration).routes
            + AuditRoutes(administration: administration).routes
    }

    public func reception(of head: HTTPRequest) -> BodyReception { table.reception(of: head) }

    public func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        let requestID = RequestContext.makeID()
        // Answers hold secrets and money: no cache between here and the operator keeps them.
        let headers: HTTPHeaders = ["x-request-id": requestID, "cache-control": "no-store"]
        var metadata: Logger.Metadata = ["request.id": "\(requestID)"]
        let status: HTTPResponseStatus
        do {
            status = try await route(request, writer: writer, headers: headers, metadata: &metadata)
        } catch {
            let mapped = OpenAIError(administering: error)
            metadata["error.code"] = "\(mapped.code ?? mapped.kind.rawValue)"
            if mapped.status.code >= 500 { metadata["error.cause"] = "\(error)" }
            log(request, mapped.status, metadata)
            // Too late for a status: the connection is cut, so that the client sees the answer is not whole.
            guard !writer.hasStarted else { throw error }
            var headers = headers
            headers.add(contentsOf: mapped.headers)
            headers.add(name: "content-type", value: "application/json")
            return try await writer.respond(mapped.status, headers: headers, body: mapped.body)
        }
        log(request, status, metadata)
    }

    private func route(
        _ request: HTTPRequest, writer: HTTPResponseWriter, headers: HTTPHeaders, metadata: inout Logger.Metadata
    ) async throws -> HTTPResponseStatus {
        switch table.match(request.method, request.path) {
        case .found(let match):
            metadata["request.route"] = "\(match.route.method.rawValue) \(match.route.pattern)"
            try authorize(request.headers)
            let answer = try await match.route.value(AdminRequest(request, match.parameters))
            return try await answer.send(to: writer, headers: headers, isHead: request.method == .HEAD)
        case .missed(.options(let allow)):
            var headers = headers
            headers.add(name: "allow", value: allow)
            try await writer.respond(.noContent, headers: headers)
            return .noContent
        case .missed(let miss):
            throw OpenAIError(miss, request)
        }
    }

    /// Lets the token's owner in. That a key is one is seen by its form: whether it works is nobody's business here.
    private func authorize(_ headers: HTTPHeaders) throws(OpenAIError) {
        let secret = Authenticator.secret(in: headers)
        if let secret, token.matches(secret) { return }
        if let secret, APIKey.isSecret(secret) {
            throw OpenAIError(
                .forbidden, .invalidRequest, code: "admin_token_required",
                "An API key does not open the admin API: send the admin token.")
        }
        throw OpenAIError(
            .unauthorized, .invalidRequest, code: "invalid_admin_token",
            secret == nil
                ? "You didn't provide the admin token. Send it as `Authorization: Bearer TOKEN`."
                : "Incorrect admin token provided.",
            headers: ["www-authenticate": "Bearer"])
    }

    /// One line per request.
    private func log(_ request: HTTPRequest, _ status: HTTPResponseStatus, _ metadata: Logger.Metadata) {
        let level: Logger.Level = status.code >= 500 ? .warning : .info
        guard logger.logLevel <= level else { return }
        var metadata = metadata
        if metadata["request.route"] == nil { metadata["request.path"] = "\(request.path.prefix(200))" }
        metadata["request.status"] = "\(status.code)"
        metadata["request.ms"] = "\((ContinuousClock.now - request.receivedAt).milliseconds)"
        logger.log(level: level, "Admin request answered", metadata: metadata)
    }
}
