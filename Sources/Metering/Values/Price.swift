/// What a model costs. Amounts are micro-units; token prices are per million tokens.
public struct Price: Hashable, Sendable, Codable {
    public var perMillionPromptTokens: MicroUnits
    public var perMillionCompletionTokens: MicroUnits
    public var perRequest: MicroUnits

    public init(
        perMillionPromptTokens: MicroUnits = .zero, perMillionCompletionTokens: MicroUnits = .zero,
        perRequest: MicroUnits = .zero
    ) {
        self.perMillionPromptTokens = perMillionPromptTokens
        self.perMillionCompletionTokens = perMillionCompletionTokens
        self.perRequest = perRequest
    }

    public static let free = Price()

    /// The price of one request, rounded up once to a whole micro-unit.
    ///
    /// Negative counts and negative prices count as zero. A cost beyond ``MicroUnits/maximum`` becomes `Int64.max`, which
    /// no hold accepts.
    public func cost(promptTokens: Int, completionTokens: Int) -> MicroUnits {
        let prompt = Self.product(perMillionPromptTokens, promptTokens)
        let completion = Self.product(perMillionCompletionTokens, completionTokens)
        let total = (prompt + completion + 999_999) / 1_000_000 + Int128(max(perRequest.rawValue, 0))
        guard total <= Int128(MicroUnits.maximum.rawValue) else { return MicroUnits(.max) }
        return MicroUnits(Int64(total))
    }

    /// Exact: two 63-bit factors and one more bit for the sum of two products fit 128 bits.
    private static func product(_ price: MicroUnits, _ tokens: Int) -> Int128 {
        Int128(max(price.rawValue, 0)) * Int128(max(tokens, 0))
    }
}
