/// What a key may be used for; an empty list allows everything.
public struct KeyScope: Hashable, Sendable, Codable {
    /// Model ids; one that ends in `*` stands for all that begin so.
    public var models: [String]
    /// API routes, such as `/v1/chat/completions`.
    public var endpoints: [String]
    /// Client addresses: IP addresses or CIDR ranges.
    public var addresses: [String]

    public init(models: [String] = [], endpoints: [String] = [], addresses: [String] = []) {
        self.models = models
        self.endpoints = endpoints
        self.addresses = addresses
    }

    public func allows(model: String) -> Bool {
        models.isEmpty
            || models.contains { pattern in
                pattern.hasSuffix("*") ? model.hasPrefix(pattern.dropLast()) : model == pattern
            }
    }

    public func allows(endpoint: String) -> Bool { endpoints.isEmpty || endpoints.contains(endpoint) }

    /// One list as the database keeps it: lines; NULL is empty.
    static func text(_ list: [String]) -> SQLValue { list.isEmpty ? .null : .text(list.joined(separator: "\n")) }

    static func list(_ text: String?) -> [String] {
        text.map { $0.split(separator: "\n").map(String.init) } ?? []
    }

    /// - Throws: ``MeteringError`` with code `invalidRequest` for lists too long or with control characters.
    func check() throws(MeteringError) {
        for list in [models, endpoints, addresses] {
            let isSound =
                list.count <= 256
                && list.allSatisfy {
                    (1...256).contains($0.utf8.count) && $0.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
                }
            guard isSound else {
                throw MeteringError(
                    .invalidRequest, source: .downstream,
                    message: "a scope has at most 256 entries of 1 to 256 bytes without spaces")
            }
        }
    }
}
