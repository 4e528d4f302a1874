internal import HTTPTransport
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// What one request gathers on its way for its log line and its headers.
final class RequestContext {
    /// Minted here, never taken from the client: it is the ledger's key.
    private(set) var requestID: String
    /// When the request began, unix milliseconds: with its id the ledger's key.
    private(set) var startedAt = Bill.unixMilliseconds()
    /// The whole answer, from when it is charged on: its client may be gone before it is given.
    var charged: (headers: HTTPHeaders, body: ByteBuffer)?
    /// A stream was ended with an error event.
    var hasBrokenOff = false
    let receivedAt: ContinuousClock.Instant
    var logger: Logger
    /// Nil when the request has none.
    var route: HTTPRoute<Endpoint>?
    /// For the log line; kept only where that line will be written.
    private(set) var metadata: Logger.Metadata = [:]
    private let isLogged: Bool

    init(_ request: HTTPRequest, logger: Logger) {
        requestID = Self.makeID()
        receivedAt = request.receivedAt
        self.logger = logger
        isLogged = logger.logLevel <= .info
    }

    /// Goes on with an earlier attempt at the same request.
    func adopt(requestID: String, startedAt: Int64) {
        self.requestID = requestID
        self.startedAt = startedAt
    }

    func note(_ key: String, _ value: @autoclosure () -> Logger.MetadataValue) {
        if isLogged { metadata[key] = value() }
    }

    /// What explains a failure: kept whatever the level, for failures are logged as warnings.
    func noteFailure(_ key: String, _ value: Logger.MetadataValue) { metadata[key] = value }

    /// Headers of every answer.
    var headers: HTTPHeaders {
        let elapsed = ContinuousClock.now - receivedAt
        return ["x-request-id": requestID, "openai-processing-ms": "\(elapsed.milliseconds)"]
    }

    /// 128 random bits; hexadecimal.
    static func makeID() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits: StaticString = "0123456789abcdef"
        return "req_"
            + String(unsafeUninitializedCapacity: 32) { text in
                for half in 0..<2 {
                    var bits = generator.next()
                    for index in 0..<16 {
                        text[half * 16 + index] = digits.utf8Start[Int(bits & 15)]
                        bits >>= 4
                    }
                }
                return 32
            }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1_000).partialValue &+ attoseconds / 1_000_000_000_000_000
    }
}
