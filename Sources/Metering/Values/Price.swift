/// What a model costs. Amounts are micro-units; token prices are per million tokens.
public struct Price: Hashable, Sendable, Codable {
    public var perMillionPromptTokens: MicroUnits
    public var perMillionCompletionTokens: MicroUnits
    public var perRequest: MicroUnits
    public var perImage: MicroUnits
    /// Per second of audio, video or computation, whichever the task counts.
    public var perSecond: MicroUnits

    public init(
        perMillionPromptTokens: MicroUnits = .zero, perMillionCompletionTokens: MicroUnits = .zero,
        perRequest: MicroUnits = .zero, perImage: MicroUnits = .zero, perSecond: MicroUnits = .zero
    ) {
        self.perMillionPromptTokens = perMillionPromptTokens
        self.perMillionCompletionTokens = perMillionCompletionTokens
        self.perRequest = perRequest
        self.perImage = perImage
        self.perSecond = perSecond
    }

    public static let free = Price()

    /// What one request is charged for.
    public struct Quantity: Hashable, Sendable {
        public var promptTokens: Int
        public var completionTokens: Int
        public var images: Int
        public var milliseconds: Int

        public init(promptTokens: Int = 0, completionTokens: Int = 0, images: Int = 0, milliseconds: Int = 0) {
            self.promptTokens = promptTokens
            self.completionTokens = completionTokens
            self.images = images
            self.milliseconds = milliseconds
        }
    }

    /// The price of one request, rounded up once to a whole micro-unit.
    ///
    /// Negative counts and negative prices count as zero. A cost beyond ``MicroUnits/maximum`` becomes `Int64.max`, which
    /// no hold accepts.
    ///
    /// - Parameter margin: on top, in hundredths of a percent; from -10000, which makes everything free.
    public func cost(of quantity: Quantity, marginBasisPoints margin: Int = 0) -> MicroUnits {
        // In billionths of a micro-unit, so that every part is whole.
        let parts = [
            (perMillionPromptTokens, quantity.promptTokens, 1_000),
            (perMillionCompletionTokens, quantity.completionTokens, 1_000), (perRequest, 1, 1_000_000_000),
            (perImage, quantity.images, 1_000_000_000), (perSecond, quantity.milliseconds, 1_000_000),
        ]
        var total: Int128 = 0
        for (price, count, scale) in parts where price > .zero && count > 0 {
            // Beyond any price that is accepted; and so no product below leaves 128 bits.
            guard count <= 1 << 40, price <= .maximum else { return MicroUnits(.max) }
            total += Int128(price.rawValue) * Int128(count) * Int128(scale)
            guard total < Int128(1) << 110 else { return MicroUnits(.max) }
        }
        let factor = Int128(min(max(0, margin + 10_000), 2_000_000))
        let divisor: Int128 = 10_000 * 1_000_000_000
        let cost = margin == 0 ? (total + 999_999_999) / 1_000_000_000 : scaled(total, factor, divisor)
        guard cost <= Int128(MicroUnits.maximum.rawValue) else { return MicroUnits(.max) }
        return MicroUnits(Int64(cost))
    }

    /// `total × factor ÷ divisor`, rounded up, in two steps that stay within 128 bits.
    private func scaled(_ total: Int128, _ factor: Int128, _ divisor: Int128) -> Int128 {
        let (whole, rest) = total.quotientAndRemainder(dividingBy: divisor)
        guard whole < Int128(1) << 80 else { return Int128(Int64.max) }
        return whole * factor + (rest * factor + divisor - 1) / divisor
    }

    public func cost(promptTokens: Int, completionTokens: Int, marginBasisPoints margin: Int = 0) -> MicroUnits {
        cost(
            of: Quantity(promptTokens: promptTokens, completionTokens: completionTokens), marginBasisPoints: margin)
    }

    /// - Throws: ``MeteringError`` with code `amountOutOfRange` for a part below zero or above ``MicroUnits/maximum``.
    func check() throws(MeteringError) {
        let parts = [perMillionPromptTokens, perMillionCompletionTokens, perRequest, perImage, perSecond]
        guard parts.allSatisfy(\.isChargeable) else { throw .amountOutOfRange }
    }
}
