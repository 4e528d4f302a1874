public import NIOHTTP1

/// A method and a path that a server answers, and what happens with the body.
public struct HTTPRoute<Value: Sendable>: Sendable {
    public let method: HTTPMethod
    /// `/v1/models`, `/v1/models/{id}` for one segment, `/v1/models/{id...}` for one or more at the end.
    public let pattern: String
    /// What to do with the body of a request for this route.
    public let body: BodyReception
    /// What a match leads to.
    public let value: Value

    public init(_ method: HTTPMethod, _ pattern: String, body: BodyReception, _ value: Value) {
        self.method = method
        self.pattern = pattern
        self.body = body
        self.value = value
    }
}

/// A set of routes that cannot be served. Found when the table is made, before any request.
public struct HTTPRouteError: Error, Sendable, CustomStringConvertible {
    public let pattern: String
    public let reason: String
    public var description: String { "route \(pattern): \(reason)" }
}

/// What the parameters of a pattern stood for, percent-decoded.
public struct HTTPRouteParameters: Sendable, Equatable {
    private let names: [String]
    private let values: [String]

    init(names: [String] = [], values: [String] = []) {
        self.names = names
        self.values = values
    }

    /// Nil when the pattern has no parameter of that name.
    public subscript(name: String) -> String? {
        for (candidate, value) in zip(names, values) where candidate == name { return value }
        return nil
    }
}

/// Why a request has no route.
public enum HTTPRouteMiss: Sendable, Equatable {
    /// 404
    case notFound
    /// 405; `allow` is the value of the `Allow` field (RFC 9110, section 10.2.1).
    case methodNotAllowed(allow: String)
    /// An `OPTIONS` request for a path that has routes: 204 with `Allow`.
    case options(allow: String)
    /// 400: a parameter that cannot be decoded, or is not let through.
    case malformed(String)

    public var status: HTTPResponseStatus {
        switch self {
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .options: .noContent
        case .malformed: .badRequest
        }
    }

    /// `Allow`, where the answer needs it.
    public var headers: HTTPHeaders {
        switch self {
        case .methodNotAllowed(let allow), .options(let allow): ["allow": allow]
        case .notFound, .malformed: [:]
        }
    }
}
