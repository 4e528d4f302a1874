public import JSON
public import NIOCore

extension UsageTotal {
    /// One JSON object; what was not grouped by is left out.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if let account { writer.member("account_id", account) }
        if let keyID { writer.member("key_id", keyID) }
        if let model { writer.member("model", model) }
        if let day { writer.member("date", UTCTime.date(day: day)) }
        writer.member("requests", requests)
        writer.member("prompt_tokens", promptTokens)
        writer.member("completion_tokens", completionTokens)
        writer.member("price_micros", price.rawValue)
        writer.member("waived_micros", waived.rawValue)
        writer.endObject()
    }

    /// Sums as a CSV file, with a line of names first.
    public static func csv(_ totals: [UsageTotal], columns: [UsageQuery.Grouping]) -> ByteBuffer {
        var buffer = ByteBuffer()
        var names = CSVLine()
        for grouping in columns { names.append(grouping.exportedName) }
        for name in ["requests", "prompt_tokens", "completion_tokens", "price_micros", "waived_micros"] {
            names.append(name)
        }
        names.write(to: &buffer)
        for total in totals {
            var line = CSVLine()
            for grouping in columns { line.append(total.text(of: grouping)) }
            for number in [
                total.requests, total.promptTokens, total.completionTokens, total.price.rawValue, total.waived.rawValue,
            ] { line.append(number) }
            line.write(to: &buffer)
        }
        return buffer
    }

    /// What a line is of, as text; nil where it was not grouped by.
    public func text(of grouping: UsageQuery.Grouping) -> String? {
        switch grouping {
        case .account: account
        case .key: keyID
        case .model: model
        case .day: day.map(UTCTime.date)
        }
    }
}

extension UsageQuery.Grouping {
    fileprivate var exportedName: String {
        switch self {
        case .account: "account_id"
        case .key: "key_id"
        case .model: "model"
        case .day: "date"
        }
    }
}
