/// One route's path, parsed.
struct RoutePattern: Sendable {
    enum Segment: Hashable, Sendable {
        case literal(String)
        /// One segment.
        case parameter
        /// One or more segments, up to the path's end.
        case rest

        /// Literals are tried first, the rest last.
        var rank: Int {
            switch self {
            case .literal: 0
            case .parameter: 1
            case .rest: 2
            }
        }
    }

    let segments: [Segment]
    /// Of the parameters, in order.
    let names: [String]

    var isStatic: Bool { names.isEmpty }

    init(_ text: String) throws(HTTPRouteError) {
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw HTTPRouteError(pattern: text, reason: "does not begin with a slash")
        }
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var segments: [Segment] = []
        var names: [String] = []
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            // An empty last segment is a trailing slash, which is a path of its own.
            guard isLast || !part.isEmpty else { throw HTTPRouteError(pattern: text, reason: "has an empty segment") }
            guard part.contains("{") || part.contains("}") else {
                guard part != ".", part != "..", !part.contains("%"), !part.contains("?") else {
                    throw HTTPRouteError(pattern: text, reason: "the segment \(part) can never match")
                }
                segments.append(.literal(String(part)))
                continue
            }
            var name = part
            guard name.removePrefix("{"), name.removeSuffix("}") else {
                throw HTTPRouteError(pattern: text, reason: "\(part) is not one parameter in braces")
            }
            let isRest = name.removeSuffix("...")
            guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
                throw HTTPRouteError(pattern: text, reason: "\(part) has no plain name")
            }
            guard !isRest || isLast else {
                throw HTTPRouteError(pattern: text, reason: "\(part) is not at the end")
            }
            guard !names.contains(String(name)) else {
                throw HTTPRouteError(pattern: text, reason: "has two parameters \(name)")
            }
            names.append(String(name))
            segments.append(isRest ? .rest : .parameter)
        }
        self.segments = segments
        self.names = names
    }

    /// - Returns: what the parameters stand for, still encoded; nil when `path` has another shape.
    func captures(in path: Substring.UTF8View) -> [Substring.UTF8View]? {
        guard path.first == UInt8(ascii: "/") else { return nil }
        var rest = path.dropFirst()
        var captures: [Substring.UTF8View] = []
        for (index, segment) in segments.enumerated() {
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            switch segment {
            case .literal(let text):
                guard rest[..<end].elementsEqual(text.utf8) else { return nil }
            case .parameter:
                guard end > rest.startIndex else { return nil }
                captures.append(rest[..<end])
            case .rest:
                guard !rest.isEmpty else { return nil }
                captures.append(rest)
                return captures
            }
            let isLast = index == segments.count - 1
            guard isLast == (end == rest.endIndex) else { return nil }
            if !isLast { rest = rest[rest.index(after: end)...] }
        }
        return captures
    }

    /// Whether this one is tried before `other`: the first segment that differs decides.
    func isTried(before other: RoutePattern) -> Bool {
        let ranks = segments.map(\.rank)
        let others = other.segments.map(\.rank)
        return ranks.lexicographicallyPrecedes(others)
    }
}

extension Substring {
    fileprivate mutating func removePrefix(_ text: String) -> Bool {
        guard hasPrefix(text) else { return false }
        removeFirst(text.count)
        return true
    }

    fileprivate mutating func removeSuffix(_ text: String) -> Bool {
        guard hasSuffix(text) else { return false }
        removeLast(text.count)
        return true
    }
}
