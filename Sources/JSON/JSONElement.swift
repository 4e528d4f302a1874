public import NIOCore

/// One value of a ``JSONDocument``; keeps the document alive.
public struct JSONElement: Sendable {
    public enum Kind: String, Sendable { case object, array, string, number, bool, null }

    let storage: JSONStorage
    let index: Int

    private var token: JSONToken { storage.tape[index] }

    public var kind: Kind {
        switch token.kind {
        case .object: .object
        case .array: .array
        case .string, .escapedString: .string
        case .number: .number
        case .yes, .no: .bool
        case .null: .null
        }
    }

    public var isNull: Bool { token.kind == .null }

    /// Elements of an array, members of an object, otherwise 0.
    public var count: Int { Int(token.count) }

    /// The member of this name; of several with one name the last. `nil` where this is no object.
    public subscript(_ name: String) -> JSONElement? {
        guard token.kind == .object else { return nil }
        var found: JSONElement?
        var member = index + 1
        for _ in 0..<token.count {
            if JSONElement(storage: storage, index: member).isString(name) {
                found = JSONElement(storage: storage, index: member + 1)
            }
            member = Int(storage.tape[member + 1].next)
        }
        return found
    }

    /// The members of an object in the text's order, duplicates included; empty for other kinds.
    public var members: JSONMembers { JSONMembers(self) }

    /// The elements of an array; empty for other kinds.
    public var elements: JSONElements { JSONElements(self) }

    public var bool: Bool? {
        switch token.kind {
        case .yes: true
        case .no: false
        default: nil
        }
    }

    /// The decoded text; a lone surrogate escape becomes U+FFFD.
    public var string: String? {
        switch token.kind {
        case .string: withText { String(decoding: $0, as: UTF8.self) }
        case .escapedString: withText { JSONText.unescaped($0) }
        default: nil
        }
    }

    /// Whether this is a string with exactly this text.
    public func isString(_ text: String) -> Bool {
        switch token.kind {
        case .string:
            var text = text
            return text.withUTF8 { expected in
                withText { $0.count == expected.count && $0.elementsEqual(expected) }
            }
        case .escapedString: return string == text
        default: return false
        }
    }

    /// The number, where its text is an integer that fits.
    public var int: Int? { integer() }
    public var uint64: UInt64? { integer() }

    /// The number, finite.
    public var double: Double? {
        guard token.kind == .number else { return nil }
        let text = withText { String(decoding: $0, as: UTF8.self) }
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// This value exactly as it stands in the text, quotes included; shares the document's memory.
    public var rawBytes: ByteBuffer {
        let isString = token.kind == .string || token.kind == .escapedString
        let start = storage.bytes.readerIndex + Int(token.offset) - (isString ? 1 : 0)
        return storage.bytes.getSlice(at: start, length: Int(token.length) + (isString ? 2 : 0)) ?? ByteBuffer()
    }

    private func integer<I: FixedWidthInteger>() -> I? {
        guard token.kind == .number else { return nil }
        return withText { text in
            var digits = text[...]
            let isNegative = digits.first == UInt8(ascii: "-")
            if isNegative { digits = digits.dropFirst() }
            var value: I = 0
            for byte in digits {
                let digit = byte &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                let (shifted, overflowsShift) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflowsSum) =
                    isNegative
                    ? shifted.subtractingReportingOverflow(I(digit)) : shifted.addingReportingOverflow(I(digit))
                guard !overflowsShift, !overflowsSum else { return nil }
                value = sum
            }
            return value
        }
    }

    /// Lends the value's text, without quotes.
    func withText<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        let token = token
        return storage.bytes.withUnsafeReadableBytes { bytes in
            let start = Int(token.offset)
            return body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(token.length)]))
        }
    }
}

/// The members of an object.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
    private let object: JSONElement
    private var index: Int
    private var remaining: Int

    init(_ object: JSONElement) {
        self.object = object
        index = object.index + 1
        remaining = object.kind == .object ? object.count : 0
    }

    public mutating func next() -> (name: String, value: JSONElement)? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        let name = JSONElement(storage: object.storage, index: index)
        let value = JSONElement(storage: object.storage, index: index + 1)
        index = Int(object.storage.tape[index + 1].next)
        return (name.string ?? "", value)
    }
}

/// The elements of an array.
public struct JSONElements: Sequence, IteratorProtocol, Sendable {
    private let array: JSONElement
    private var index: Int
    private var remaining: Int

    init(_ array: JSONElement) {
        self.array = array
        index = array.index + 1
        remaining = array.kind == .array ? array.count : 0
    }

    public mutating func next() -> JSONElement? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        let element = JSONElement(storage: array.storage, index: index)
        index = Int(array.storage.tape[index].next)
        return element
    }
}
