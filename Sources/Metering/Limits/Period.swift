/// The time over which a limit counts; all but the last begin anew by UTC's calendar.
public enum Period: Sendable {
    case minute, day, month, forever

    /// The window around `now`.
    func window(at now: Int64) -> Window {
        switch self {
        case .minute: Self.window(at: now, length: 60_000)
        case .day: Self.window(at: now, length: Self.dayLength)
        case .month: Self.month(at: now)
        case .forever: Window(start: 0, end: .max)
        }
    }

    static let dayLength: Int64 = 86_400_000

    private static func window(at now: Int64, length: Int64) -> Window {
        let start = now - ((now % length) + length) % length
        return Window(start: start, end: start + length)
    }

    private static func month(at now: Int64) -> Window {
        let (year, month) = CivilDate.yearAndMonth(day: window(at: now, length: dayLength).start / dayLength)
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        return Window(
            start: CivilDate.day(year: year, month: month) * dayLength,
            end: CivilDate.day(year: next.0, month: next.1) * dayLength)
    }
}

/// One turn of a period, in unix milliseconds.
struct Window: Hashable, Sendable {
    var start: Int64
    /// Exclusive.
    var end: Int64

    func contains(_ now: Int64) -> Bool { start <= now && now < end }
}

/// Days since 1970-01-01 and the proleptic Gregorian calendar.
enum CivilDate {
    /// - Parameter day: days since 1970-01-01.
    static func yearAndMonth(day: Int64) -> (year: Int64, month: Int64) {
        // Counted from 0000-03-01, so that a leap day is a year's last.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month)
    }

    /// The day number of a month's first day.
    static func day(year: Int64, month: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
