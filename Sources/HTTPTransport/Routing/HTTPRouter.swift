public import NIOCore
public import NIOHTTP1

/// Answers requests by the routes of a table.
public struct HTTPRouter: HTTPResponder {
    public typealias Handler =
        @Sendable (HTTPRequest, HTTPRouteParameters, HTTPResponseWriter) async throws -> Void
    /// Headers and body for a request without a route; status and `Allow` come from the miss.
    public typealias Refusal = @Sendable (HTTPRouteMiss, HTTPRequest) -> (HTTPHeaders, ByteBuffer)

    public let table: HTTPRouteTable<Handler>
    private let refusal: Refusal

    public init(
        _ routes: [HTTPRoute<Handler>], refusal: @escaping Refusal = { _, _ in ([:], ByteBuffer()) }
    ) throws(HTTPRouteError) {
        table = try HTTPRouteTable(routes)
        self.refusal = refusal
    }

    public func reception(of head: HTTPRequest) -> BodyReception { table.reception(of: head) }

    public func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        switch table.match(request.method, request.path) {
        case .found(let match):
            try await match.route.value(request, match.parameters, writer)
        case .missed(let miss):
            var (headers, body): (HTTPHeaders, ByteBuffer) = refusal(miss, request)
            headers.add(contentsOf: miss.headers)
            try await writer.respond(miss.status, headers: headers, body: body)
        }
    }
}
