import Testing

@testable import Metering

@Suite("UTC times") struct UTCTimeTests {
    @Test(
        "are read and written",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
            ("2026-01-31", 1_769_817_600_000, "2026-01-31T00:00:00.000Z"),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            ("2026-01-31T09:30:00.25+02:00", 1_769_844_600_250, "2026-01-31T07:30:00.250Z"),
            ("2026-01-31t09:30:00.123456789z", 1_769_851_800_123, "2026-01-31T09:30:00.123Z"),
            ("1969-12-31T23:59:59.001-00:00", -999, "1969-12-31T23:59:59.001Z"),
            ("0000-01-01", -62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000, "9999-12-31T23:59:59.000Z"),
        ] as [(String, Int64, String)])
    func good(text: String, milliseconds: Int64, written: String) {
        #expect(UTCTime.milliseconds(text) == milliseconds)
        #expect(UTCTime.text(milliseconds) == written)
    }

    @Test(
        "that do not exist are refused",
        arguments: [
            "", "2026", "2026-13-01", "2026-00-01", "2026-02-29", "2026-01-32", "2026-01-00", "26-01-01", "2026-1-01",
            "2026-01-31T", "2026-01-31 09:30:00Z", "2026-01-31T24:00:00Z", "2026-01-31T09:60:00Z",
            "2026-01-31T09:30:60Z", "2026-01-31T09:30Z", "2026-01-31T09:30:00", "2026-01-31T09:30:00.Z",
            "2026-01-31T09:30:00+2:00", "2026-01-31T09:30:00Zz", "+026-01-31", "２026-01-31", "1769817600",
        ])
    func bad(text: String) {
        #expect(UTCTime.milliseconds(text) == nil)
    }

    @Test("end at the years of four digits") func bounds() {
        #expect(UTCTime.text(.max) == "9999-12-31T23:59:59.999Z")
        #expect(UTCTime.text(.min) == "0000-01-01T00:00:00.000Z")
        #expect(UTCTime.date(day: .max) == "9999-12-31")
        #expect(UTCTime.date(day: 0) == "1970-01-01")
    }
}
