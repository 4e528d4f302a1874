public import NIOCore
public import NIOHTTP1

/// A copy of one answer, within a bound.
public struct HTTPRecording: Sendable {
    private let maximumBytes: Int
    public private(set) var status = HTTPResponseStatus.ok
    public private(set) var headers: HTTPHeaders = [:]
    /// Nil when it is longer than the bound.
    public private(set) var body: ByteBuffer? = ByteBuffer()
    /// Whether it was streamed.
    public private(set) var isStream = false
    /// Whether the answer was given to its end.
    public private(set) var isComplete = false

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    mutating func whole(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = ByteBuffer()
        isStream = false
        add(body)
        isComplete = true
    }

    mutating func start(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) {
        self.status = status
        self.headers = headers
        isStream = true
    }

    mutating func add(_ bytes: ByteBuffer) {
        guard let count = body?.readableBytes else { return }
        if bytes.readableBytes <= maximumBytes - count { body?.writeImmutableBuffer(bytes) } else { body = nil }
    }

    mutating func end() { isComplete = true }
}
