import Testing

@testable import Metering

@Suite("Micro-units") struct MicroUnitsTests {
    @Test(
        "read units with up to six decimals",
        arguments: [
            ("12.5", 12_500_000 as Int64?), ("0.000001", 1), ("3", 3_000_000), ("9000000000", 9_000_000_000_000_000),
            ("9000000000.000001", nil), ("99999999999999999999", nil), ("0.0000001", nil), ("-1", nil), ("+1", nil),
            ("", nil),
            (".5", nil), ("1.", nil), ("1e3", nil), ("1.2.3", nil), ("NaN", nil),
        ])
    func text(text: String, micros: Int64?) { #expect((try? MicroUnits(units: text))?.rawValue == micros) }

    @Test(
        "print six decimals",
        arguments: [
            (12_500_000 as Int64, "12.500000"), (1, "0.000001"), (-1_000_001, "-1.000001"),
            (.min, "-9223372036854.775808"),
        ])
    func printing(micros: Int64, text: String) { #expect(MicroUnits(micros).description == text) }

    @Test("throw instead of overflowing")
    func overflow() {
        #expect(throws: MeteringError.self) { try MicroUnits(.max).adding(MicroUnits(1)) }
        #expect(throws: MeteringError.self) { try MicroUnits(.min).subtracting(MicroUnits(1)) }
        #expect((try? MicroUnits(2).adding(MicroUnits(3)))?.rawValue == 5)
    }
}

@Suite("Price") struct PriceTests {
    private let price = Price(
        perMillionPromptTokens: MicroUnits(150_000), perMillionCompletionTokens: MicroUnits(600_000),
        perRequest: MicroUnits(7))

    @Test(
        "rounds a request up once",
        arguments: [
            (0, 0, 7 as Int64), (1, 0, 8), (1, 1, 8), (1_000_000, 1_000_000, 750_007), (10, 3, 11), (-5, -5, 7),
        ])
    func cost(prompt: Int, completion: Int, micros: Int64) {
        #expect(price.cost(promptTokens: prompt, completionTokens: completion).rawValue == micros)
    }

    @Test("saturates where nothing could pay")
    func saturation() {
        let dear = Price(perMillionPromptTokens: MicroUnits(.max), perMillionCompletionTokens: MicroUnits(.max))
        #expect(dear.cost(promptTokens: .max, completionTokens: .max) == MicroUnits(.max))
        #expect(!dear.cost(promptTokens: .max, completionTokens: 0).isChargeable)
    }
}
