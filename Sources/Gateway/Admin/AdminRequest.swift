internal import HTTPTransport
internal import NIOCore
internal import NIOHTTP1

/// A request of the admin API that has its token.
struct AdminRequest {
    private let request: HTTPRequest
    private let parameters: HTTPRouteParameters

    init(_ request: HTTPRequest, _ parameters: HTTPRouteParameters) {
        self.request = request
        self.parameters = parameters
    }

    var headers: HTTPHeaders { request.headers }

    /// A parameter of the path.
    func id(_ name: String = "id") -> String { parameters[name] ?? "" }

    /// The body's members; without a body there are none.
    func fields() throws(OpenAIError) -> AdminFields {
        guard request.body.readableBytes > 0 else { return AdminFields(nil) }
        try OpenAIError.checkMediaType(request.headers)
        return AdminFields(try OpenAI.document(request.body))
    }

    /// The query's fields.
    ///
    /// - Parameter names: those that the route knows; with any other the request is refused, as it was not understood.
    func query(_ names: [String] = []) throws(OpenAIError) -> QueryFields {
        try QueryFields(request.query, names: names)
    }
}
