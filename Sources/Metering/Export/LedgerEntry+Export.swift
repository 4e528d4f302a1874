public import JSON
internal import NIOCore

extension LedgerEntry {
    /// The columns of an export, which are also the members of its JSON objects.
    static let exportedNames = [
        "request_id", "account_id", "key_id", "model", "netuid", "endpoint", "prompt_tokens", "completion_tokens",
        "price_micros", "waived_micros", "status", "stream", "miner_hotkey", "started_at", "finished_at",
    ]

    var csv: CSVLine {
        var line = CSVLine()
        for text in [requestID, account, keyID, model] { line.append(text) }
        line.append(netuid)
        line.append(endpoint)
        for number in [Int64(promptTokens), Int64(completionTokens), price.rawValue, waived.rawValue, Int64(status)] {
            line.append(number)
        }
        line.append(isStream)
        line.append(minerHotkey)
        line.append(UTCTime.text(startedAt))
        line.append(UTCTime.text(finishedAt))
        return line
    }

    /// One JSON object.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("request_id", requestID)
        writer.member("account_id", account)
        writer.member("key_id", keyID)
        writer.member("model", model)
        writer.member("netuid", netuid)
        writer.member("endpoint", endpoint)
        writer.member("prompt_tokens", promptTokens)
        writer.member("completion_tokens", completionTokens)
        writer.member("price_micros", price.rawValue)
        writer.member("waived_micros", waived.rawValue)
        writer.member("status", status)
        writer.member("stream", isStream)
        writer.member("miner_hotkey", optional: minerHotkey)
        writer.member("started_at", UTCTime.text(startedAt))
        writer.member("finished_at", UTCTime.text(finishedAt))
        writer.endObject()
    }

    /// One event; the request's id is the event's, so that whoever takes it twice counts it once.
    ///
    /// - Source: CloudEvents 1.0.2, section 3 (attributes) and its JSON event format, section 3.
    func writeEvent(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", requestID)
        writer.member("source", "urn:thalamus:ledger")
        writer.member("type", "thalamus.usage.settled")
        writer.member("subject", account)
        writer.member("time", UTCTime.text(finishedAt))
        writer.member("datacontenttype", "application/json")
        writer.name("data")
        write(to: &writer)
        writer.endObject()
    }
}
