internal import HTTPTransport
internal import JSON
internal import Metering
internal import NIOCore
internal import NIOHTTP1

/// What an admin request is answered with.
enum AdminAnswer {
    case json(HTTPResponseStatus, ByteBuffer)
    case export(LedgerExport)

    /// One object.
    static func object(
        _ status: HTTPResponseStatus = .ok, _ write: (inout JSONWriter) -> Void
    ) -> AdminAnswer {
        var writer = JSONWriter()
        writer.beginObject()
        write(&writer)
        writer.endObject()
        return .json(status, writer.buffer)
    }

    /// One page, in the envelope of OpenAI's lists.
    ///
    /// - Parameter write: writes an item's members.
    static func list<Item>(_ page: Page<Item>, _ write: (Item, inout JSONWriter) -> Void) -> AdminAnswer {
        object { writer in
            writer.member("object", "list")
            writer.name("data")
            writer.beginArray()
            for item in page.items { write(item, &writer) }
            writer.endArray()
            writer.member("has_more", page.next != nil)
            writer.member("next_after", optional: page.next?.text)
        }
    }

    /// - Returns: the status that was answered.
    func send(
        to writer: HTTPResponseWriter, headers: HTTPHeaders, isHead: Bool
    ) async throws -> HTTPResponseStatus {
        var headers = headers
        switch self {
        case .json(let status, let body):
            headers.add(name: "content-type", value: "application/json")
            try await writer.respond(status, headers: headers, body: body)
            return status
        case .export(var export):
            headers.add(name: "content-type", value: export.format.contentType)
            headers.add(
                name: "content-disposition", value: "attachment; filename=\"\(export.format.fileName)\"")
            // Read before the head is given: an error can still be a status.
            var piece = isHead ? nil : try await export.next()
            try writer.start(.ok, headers: headers)
            while let bytes = piece {
                // Comes back when the client has taken it in, and only then is the next page read.
                try await writer.write(bytes)
                try Task.checkCancellation()
                piece = try await export.next()
            }
            try await writer.finish()
            return .ok
        }
    }
}

extension UsageFormat {
    fileprivate var contentType: String {
        self == .csv ? "\(mediaType); charset=utf-8; header=present" : mediaType
    }

    fileprivate var fileName: String {
        switch self {
        case .csv: "usage.csv"
        case .jsonl: "usage.jsonl"
        case .cloudevents: "usage.cloudevents.json"
        }
    }
}
