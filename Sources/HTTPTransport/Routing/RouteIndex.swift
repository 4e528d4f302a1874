import NIOHTTP1

/// Finds the number of the route for a method and a path.
///
/// A static path is one look-up in a dictionary, without an allocation. Other patterns are tried one after the other,
/// the most literal first.
struct RouteIndex: Sendable {
    /// All routes of one pattern.
    private struct Entry: Sendable {
        let pattern: RoutePattern
        var methods: [(method: HTTPMethod, route: Int)] = []

        func route(for method: HTTPMethod) -> Int? {
            for candidate in methods where candidate.method == method { return candidate.route }
            // RFC 9110, section 9.3.2: what answers GET answers HEAD.
            return method == .HEAD ? route(for: .GET) : nil
        }
    }

    private let staticEntries: [String: Entry]
    private let patternEntries: [Entry]
    private let maximumParameterBytes: Int

    init(
        _ routes: [(method: HTTPMethod, pattern: String)], maximumParameterBytes: Int
    ) throws(HTTPRouteError) {
        var statics: [String: Entry] = [:]
        var patterns: [[RoutePattern.Segment]: Entry] = [:]
        for (number, route) in routes.enumerated() {
            let pattern = try RoutePattern(route.pattern)
            var entry =
                (pattern.isStatic ? statics[route.pattern] : patterns[pattern.segments]) ?? Entry(pattern: pattern)
            guard entry.pattern.names == pattern.names else {
                throw HTTPRouteError(
                    pattern: route.pattern, reason: "another route names the same parameters \(entry.pattern.names)")
            }
            guard !entry.methods.contains(where: { $0.method == route.method }) else {
                throw HTTPRouteError(pattern: route.pattern, reason: "\(route.method.rawValue) is there already")
            }
            entry.methods.append((route.method, number))
            if pattern.isStatic { statics[route.pattern] = entry } else { patterns[pattern.segments] = entry }
        }
        staticEntries = statics
        patternEntries = patterns.values.sorted { $0.pattern.isTried(before: $1.pattern) }
        self.maximumParameterBytes = maximumParameterBytes
    }

    enum Outcome {
        case found(Int, HTTPRouteParameters)
        case missed(HTTPRouteMiss)
    }

    func find(_ method: HTTPMethod, _ path: String) -> Outcome {
        let entry = staticEntries[path]
        if let route = entry?.route(for: method) { return .found(route, HTTPRouteParameters()) }
        var allowed = entry?.methods.map(\.method) ?? []
        for entry in patternEntries {
            guard let captures = entry.pattern.captures(in: path[...].utf8) else { continue }
            guard let route = entry.route(for: method) else {
                allowed += entry.methods.map(\.method)
                continue
            }
            var values: [String] = []
            for (name, capture) in zip(entry.pattern.names, captures) {
                switch PathParameter.decode(capture, maximumBytes: maximumParameterBytes) {
                case .success(let value): values.append(value)
                case .failure(let refusal): return .missed(.malformed("\(name) is \(refusal.reason)"))
                }
            }
            return .found(route, HTTPRouteParameters(names: entry.pattern.names, values: values))
        }
        guard !allowed.isEmpty else { return .missed(.notFound) }
        let allow = Self.allow(allowed)
        return .missed(method == .OPTIONS ? .options(allow: allow) : .methodNotAllowed(allow: allow))
    }

    private static func allow(_ methods: [HTTPMethod]) -> String {
        var names = Set(methods.map(\.rawValue))
        if names.contains("GET") { names.insert("HEAD") }
        names.insert("OPTIONS")
        return names.sorted().joined(separator: ", ")
    }
}
