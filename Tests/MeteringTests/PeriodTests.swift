import Foundation
import Testing

@testable import Metering

@Suite("Periods") struct PeriodTests {
    @Test(
        "begin and end by UTC's calendar",
        arguments: [
            (now: "2024-02-29T12:34:56Z", month: "2024-02-01T00:00:00Z", next: "2024-03-01T00:00:00Z"),
            (now: "2023-12-31T23:59:59Z", month: "2023-12-01T00:00:00Z", next: "2024-01-01T00:00:00Z"),
            (now: "2000-01-01T00:00:00Z", month: "2000-01-01T00:00:00Z", next: "2000-02-01T00:00:00Z"),
            (now: "2100-02-28T23:00:00Z", month: "2100-02-01T00:00:00Z", next: "2100-03-01T00:00:00Z"),
            (now: "1969-12-31T23:59:59Z", month: "1969-12-01T00:00:00Z", next: "1970-01-01T00:00:00Z"),
        ])
    func months(now: String, month: String, next: String) throws {
        func milliseconds(_ text: String) throws -> Int64 {
            Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970) * 1_000
        }
        let window = Period.month.window(at: try milliseconds(now))
        #expect(window == Window(start: try milliseconds(month), end: try milliseconds(next)))
        let day = Period.day.window(at: try milliseconds(now))
        #expect(day.contains(try milliseconds(now)))
        #expect(day.start % Period.dayLength == 0)
    }

    @Test("agree on every day with the calendar's own numbers")
    func days() {
        for day in stride(from: Int64(-200_000), to: 200_000, by: 13) {
            let (year, month) = CivilDate.yearAndMonth(day: day)
            let first = CivilDate.day(year: year, month: month)
            #expect(first <= day && day < first + 31)
            #expect(CivilDate.yearAndMonth(day: first) == (year, month))
        }
    }
}
