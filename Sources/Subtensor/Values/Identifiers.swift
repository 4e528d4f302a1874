/// A subnet's number.
public struct Netuid: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt16
    public init(_ rawValue: UInt16) { self.rawValue = rawValue }
    public var description: String { String(rawValue) }
}

/// A neuron's slot in one subnet. Slots are reused by later registrations.
public struct UID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: UInt16
    public init(_ rawValue: UInt16) { self.rawValue = rawValue }
    public static func < (left: UID, right: UID) -> Bool { left.rawValue < right.rawValue }
    public var description: String { String(rawValue) }
}

/// An amount of TAO or of a subnet's alpha: 1 000 000 000 are one.
public struct Rao: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
    public static func < (left: Rao, right: Rao) -> Bool { left.rawValue < right.rawValue }
    public var description: String { String(rawValue) }
}
