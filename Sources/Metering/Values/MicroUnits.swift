/// An amount of money in millionths of the operator's unit of account, such as 0.000001 USD.
///
/// All arithmetic is checked: it saturates where a saturated amount is safe (a price that no budget covers) and throws
/// elsewhere. Nothing here is ever a floating-point number.
public struct MicroUnits: RawRepresentable, Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// Millionths of the unit of account.
    public let rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }
    public init(_ rawValue: Int64) { self.rawValue = rawValue }

    public static let zero = MicroUnits(0)
    /// The largest amount a budget, a hold or a price may have: 9 billion units. Sums of many stay below `Int64.max`.
    public static let maximum = MicroUnits(9_000_000_000_000_000)

    public static func < (left: MicroUnits, right: MicroUnits) -> Bool { left.rawValue < right.rawValue }

    /// - Throws: ``MeteringError`` with code `amountOutOfRange` when the sum does not fit.
    public func adding(_ other: MicroUnits) throws(MeteringError) -> MicroUnits {
        let (sum, overflow) = rawValue.addingReportingOverflow(other.rawValue)
        guard !overflow else { throw .amountOutOfRange }
        return MicroUnits(sum)
    }

    /// - Throws: ``MeteringError`` with code `amountOutOfRange` when the difference does not fit.
    public func subtracting(_ other: MicroUnits) throws(MeteringError) -> MicroUnits {
        let (difference, overflow) = rawValue.subtractingReportingOverflow(other.rawValue)
        guard !overflow else { throw .amountOutOfRange }
        return MicroUnits(difference)
    }

    /// Within zero and ``maximum``: fit to be held or budgeted.
    public var isChargeable: Bool { rawValue >= 0 && self <= .maximum }

    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(Int64.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    // MARK: Text

    /// The amount in units with six decimals, such as `12.500000`.
    public var description: String {
        let (units, micros) = rawValue.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        let decimals = String(micros)
        return (rawValue < 0 ? "-" : "") + "\(units)." + String(repeating: "0", count: 6 - decimals.count) + decimals
    }

    /// Reads units with at most six decimals, such as `12.5`.
    ///
    /// - Throws: ``MeteringError`` with code `amountOutOfRange` for other text, negative amounts, and those over
    ///   ``maximum``.
    public init(units text: String) throws(MeteringError) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? parts[1] : "0"
        guard let whole = parts.first, Self.isDigits(whole), Self.isDigits(decimals), decimals.count <= 6,
            let units = Int64(whole),
            let micros = Int64(decimals + String(repeating: "0", count: 6 - decimals.count))
        else { throw .amountOutOfRange }
        let (scaled, scaleOverflow) = units.multipliedReportingOverflow(by: 1_000_000)
        let (sum, sumOverflow) = scaled.addingReportingOverflow(micros)
        guard !scaleOverflow, !sumOverflow, MicroUnits(sum).isChargeable else { throw .amountOutOfRange }
        self.init(sum)
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
