public import NIOHTTP1

/// The routes of a server, found by method and path.
///
/// A path is compared as it came: an escape in a literal segment, an empty segment and a trailing slash make another
/// path. Literal segments go before parameters, and those before the rest of a path; the first segment that differs
/// decides. A pattern without the request's method lets a less literal one have it.
public struct HTTPRouteTable<Value: Sendable>: Sendable {
    public let routes: [HTTPRoute<Value>]
    private let index: RouteIndex

    public struct Match: Sendable {
        public let route: HTTPRoute<Value>
        public let parameters: HTTPRouteParameters
    }

    public enum Outcome: Sendable {
        case found(Match)
        case missed(HTTPRouteMiss)
    }

    /// - Parameter maximumParameterBytes: of one parameter as it came; a longer one is 400.
    /// - Throws: when a pattern is not one, or two routes are for the same requests.
    public init(_ routes: [HTTPRoute<Value>], maximumParameterBytes: Int = 1_024) throws(HTTPRouteError) {
        self.routes = routes
        index = try RouteIndex(
            routes.map { ($0.method, $0.pattern) }, maximumParameterBytes: maximumParameterBytes)
    }

    public func match(_ method: HTTPMethod, _ path: String) -> Outcome {
        switch index.find(method, path) {
        case .found(let number, let parameters): .found(Match(route: routes[number], parameters: parameters))
        case .missed(let miss): .missed(miss)
        }
    }

    /// What the route does with the body; without a route nothing of it is read.
    public func reception(of head: HTTPRequest) -> BodyReception {
        switch index.find(head.method, head.path) {
        case .found(let number, _): routes[number].body
        case .missed: .refuse
        }
    }
}
