/// Times as people and other systems write them, always in UTC.
///
/// - Source: RFC 3339; unix time has no leap seconds, so none is read.
public enum UTCTime {
    /// A date and time such as `2026-01-31T09:30:00.250Z`.
    ///
    /// - Parameter milliseconds: unix time; beyond the years 0 to 9999 it is written as the first or last day of them.
    public static func text(_ milliseconds: Int64) -> String {
        let time = min(max(milliseconds, first), last)
        let window = Period.day.window(at: time)
        let rest = time - window.start
        let clock = [rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60].map { pad($0, 2) }
        return "\(date(day: window.start / Period.dayLength))T\(clock.joined(separator: ":")).\(pad(rest % 1_000, 3))Z"
    }

    /// A date such as `2026-01-31`.
    ///
    /// - Parameter day: days since 1970-01-01.
    public static func date(day: Int64) -> String {
        let day = min(max(day, first / Period.dayLength), last / Period.dayLength)
        let (year, month) = CivilDate.yearAndMonth(day: day)
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day - CivilDate.day(year: year, month: month) + 1, 2))"
    }

    /// Reads a date, which is its first millisecond, or a date and time with `Z` or an offset.
    ///
    /// - Returns: unix milliseconds; nil for other text, and for dates and times that do not exist.
    public static func milliseconds(_ text: String) -> Int64? {
        var reader = Reader(rest: text.utf8[...])
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), (1...12).contains(month),
            reader.take("-"), let day = reader.digits(2)
        else { return nil }
        let firstDay = CivilDate.day(year: year, month: month)
        let nextMonth =
            month == 12 ? CivilDate.day(year: year + 1, month: 1) : CivilDate.day(year: year, month: month + 1)
        guard day >= 1, firstDay + day <= nextMonth else { return nil }
        let midnight = (firstDay + day - 1) * Period.dayLength
        if reader.rest.isEmpty { return midnight }
        guard reader.take("T") || reader.take("t"), let time = reader.clock(), let offset = reader.offset(),
            reader.rest.isEmpty
        else { return nil }
        return midnight + time - offset
    }

    private static let first = CivilDate.day(year: 0, month: 1) * Period.dayLength
    private static let last = CivilDate.day(year: 10_000, month: 1) * Period.dayLength - 1

    private static func pad(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private struct Reader {
        var rest: Substring.UTF8View

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard let byte = rest.first, UInt32(byte) == character.value else { return false }
            rest.removeFirst()
            return true
        }

        mutating func digits(_ count: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<count {
                guard let digit = digit() else { return nil }
                value = value * 10 + digit
            }
            return value
        }

        private mutating func digit() -> Int64? {
            guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            rest.removeFirst()
            return Int64(byte - UInt8(ascii: "0"))
        }

        /// Milliseconds since midnight; what is finer is cut off.
        mutating func clock() -> Int64? {
            guard let hour = digits(2), hour < 24, take(":"), let minute = digits(2), minute < 60, take(":"),
                let second = digits(2), second < 60
            else { return nil }
            var time = (hour * 60 + minute) * 60_000 + second * 1_000
            guard take(".") else { return time }
            guard rest.count < 32, let tenths = digit() else { return nil }
            time += tenths * 100
            var scale: Int64 = 10
            while let next = digit() {
                time += next * scale
                scale /= 10
            }
            return time
        }

        /// Milliseconds that the clock is ahead of UTC.
        mutating func offset() -> Int64? {
            if take("Z") || take("z") { return 0 }
            let isAhead = take("+")
            guard isAhead || take("-"), let hour = digits(2), hour < 24, take(":"), let minute = digits(2), minute < 60
            else { return nil }
            return (isAhead ? 1 : -1) * (hour * 60 + minute) * 60_000
        }
    }
}
