internal import Signing

/// Where the next page of a list begins: the sort key of the last item, as text that is passed back as it came.
public struct PageCursor: Sendable, Hashable {
    let fields: [String]

    init(_ fields: [String]) { self.fields = fields }

    public var text: String { Hex.encode(Array(fields.joined(separator: Self.separator).utf8)) }

    /// - Throws: ``MeteringError`` with code `invalidRequest` for text that no page gave.
    public init(text: String) throws(MeteringError) {
        guard text.utf8.count <= 8_192, let bytes = try? Hex.decode(text),
            let joined = String(validating: bytes, as: UTF8.self), !joined.utf8.contains(0)
        else { throw Self.malformed }
        fields = joined.split(separator: Self.separator, omittingEmptySubsequences: false).map(String.init)
    }

    /// No id has a control character.
    private static let separator = "\u{1F}"

    static let malformed = MeteringError(
        .invalidRequest, source: .downstream, message: "the cursor is not one that this list gave")

    func number(_ index: Int) throws(MeteringError) -> Int64 {
        guard fields.indices.contains(index), let number = Int64(fields[index]) else { throw Self.malformed }
        return number
    }

    func checkCount(_ count: Int) throws(MeteringError) {
        guard fields.count == count else { throw Self.malformed }
    }
}

/// Which part of a list is asked for.
public struct PageRequest: Sendable, Hashable {
    /// Items at most.
    public let limit: Int
    /// Nil begins at the start.
    public let after: PageCursor?

    public static let limits = 1...1_000

    /// - Throws: ``MeteringError`` with code `invalidRequest` for a limit out of ``limits``.
    public init(limit: Int = 100, after: PageCursor? = nil) throws(MeteringError) {
        guard Self.limits.contains(limit) else {
            throw MeteringError(
                .invalidRequest, source: .downstream,
                message: "a page has \(Self.limits.lowerBound) to \(Self.limits.upperBound) items")
        }
        self.limit = limit
        self.after = after
    }

    /// One more than asked for shows whether there is another page.
    var fetched: SQLValue { .integer(Int64(limit) + 1) }
}

/// A part of a list.
public struct Page<Item: Sendable>: Sendable {
    public let items: [Item]
    /// Nil on the last page.
    public let next: PageCursor?

    /// - Parameters:
    ///   - fetched: the items, and one more where there is another page.
    ///   - key: an item's sort key.
    init(_ fetched: [Item], _ request: PageRequest, key: (Item) -> [String]) {
        items = Array(fetched.prefix(request.limit))
        next = fetched.count > request.limit ? items.last.map { PageCursor(key($0)) } : nil
    }
}
