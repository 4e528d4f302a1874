internal import HTTPTransport
internal import NIOCore
internal import NIOHTTP1

/// An answer as it is kept: status, whether it was streamed, fields and body.
struct Outcome {
    private static let version: UInt8 = 1
    private static let maximumFields = 64

    private var status: HTTPResponseStatus
    private var isStream: Bool
    private var headers: HTTPHeaders
    private var body: ByteBuffer

    init(_ recorded: HTTPRecording, _ body: ByteBuffer) {
        self.init(recorded.status, isStream: recorded.isStream, headers: recorded.headers, body: body)
    }

    init(_ status: HTTPResponseStatus, isStream: Bool = false, headers: HTTPHeaders, body: ByteBuffer) {
        self.status = status
        self.isStream = isStream
        // Where limits stood then says nothing now.
        self.headers = HTTPHeaders(
            headers.filter { !$0.name.hasPrefix("x-ratelimit") && $0.name != "openai-processing-ms" })
        self.body = body
    }

    var bytes: [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeInteger(Self.version)
        buffer.writeInteger(UInt16(clamping: status.code))
        buffer.writeInteger(UInt8(isStream ? 1 : 0))
        let fields = headers.prefix(Self.maximumFields)
        buffer.writeInteger(UInt8(clamping: fields.count))
        for (name, value) in fields {
            buffer.writeInteger(UInt16(clamping: name.utf8.count))
            buffer.writeString(name)
            buffer.writeInteger(UInt16(clamping: value.utf8.count))
            buffer.writeString(value)
        }
        buffer.writeImmutableBuffer(body)
        return Array(buffer: buffer)
    }

    /// - Returns: nil for bytes that ``bytes`` did not give.
    init?(_ bytes: [UInt8]) {
        var buffer = ByteBuffer(bytes: bytes)
        guard buffer.readInteger(as: UInt8.self) == Self.version, let code = buffer.readInteger(as: UInt16.self),
            let isStream = buffer.readInteger(as: UInt8.self), let count = buffer.readInteger(as: UInt8.self)
        else { return nil }
        status = HTTPResponseStatus(statusCode: Int(code))
        self.isStream = isStream == 1
        headers = [:]
        for _ in 0..<count {
            guard let name = Self.readText(&buffer), let value = Self.readText(&buffer) else { return nil }
            headers.add(name: name, value: value)
        }
        body = buffer
    }

    private static func readText(_ buffer: inout ByteBuffer) -> String? {
        buffer.readInteger(as: UInt16.self).flatMap { buffer.readString(length: Int($0)) }
    }

    /// Gives the answer again, in the form it had.
    func send(through writer: HTTPResponseWriter) async throws {
        var headers = headers
        headers.add(name: "idempotent-replayed", value: "true")
        guard isStream else { return try await writer.respond(status, headers: headers, body: body) }
        try writer.start(status, headers: headers)
        try await writer.write(body)
        try await writer.finish()
    }
}
