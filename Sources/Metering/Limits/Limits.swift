/// The limits of one key or account: a ceiling for some kinds, none for the others.
public struct Limits: Hashable, Sendable, Codable, ExpressibleByDictionaryLiteral {
    /// Few, in the order of ``LimitKind``'s cases.
    private(set) var entries: [Entry] = []

    struct Entry: Hashable, Sendable, Codable {
        let kind: LimitKind
        var ceiling: Int64
    }

    public init() {}

    public init(dictionaryLiteral elements: (LimitKind, Int64)...) {
        for (kind, ceiling) in elements { self[kind] = ceiling }
    }

    public var isEmpty: Bool { entries.isEmpty }
    public var kinds: [LimitKind] { entries.map(\.kind) }

    /// The ceiling: requests, tokens or micro-units; nil is without limit.
    public subscript(_ kind: LimitKind) -> Int64? {
        get { entries.first { $0.kind == kind }?.ceiling }
        set {
            entries.removeAll { $0.kind == kind }
            guard let newValue else { return }
            let index = entries.firstIndex { $0.kind.bit > kind.bit } ?? entries.endIndex
            entries.insert(Entry(kind: kind, ceiling: newValue), at: index)
        }
    }

    /// These, and those of `defaults` that these do not name.
    func over(_ defaults: Limits) -> Limits {
        var merged = defaults
        for entry in entries { merged[entry.kind] = entry.ceiling }
        return merged
    }

    /// - Throws: ``MeteringError`` with code `amountOutOfRange` for a ceiling below zero or above the kind's largest.
    func check() throws(MeteringError) {
        for entry in entries where !(0...entry.kind.largestCeiling).contains(entry.ceiling) {
            throw MeteringError(
                .amountOutOfRange, source: .downstream,
                message: "\(entry.kind.rawValue) is between 0 and \(entry.kind.largestCeiling), not \(entry.ceiling)")
        }
    }
}
