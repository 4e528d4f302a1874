/// What usage is written as for other programs.
public enum UsageFormat: String, Sendable, CaseIterable {
    /// RFC 4180, with a line of names first.
    case csv
    /// One JSON object per line.
    case jsonl
    /// A JSON array of CloudEvents 1.0, one per request.
    case cloudevents

    /// The media type of an export.
    ///
    /// - Source: RFC 4180; CloudEvents, JSON event format 1.0.2, section 4 (batches).
    public var mediaType: String {
        switch self {
        case .csv: "text/csv"
        case .jsonl: "application/x-ndjson"
        case .cloudevents: "application/cloudevents-batch+json"
        }
    }
}
