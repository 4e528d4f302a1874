/// Whether a response ended exactly where the received bytes end.
///
/// Bytes behind a response would be taken for the beginning of the next one. NIO's decoder reports what it can parse,
/// but keeps the beginning of a head to itself; this counts beside it.
struct ResponseFraming {
    private enum Body {
        case unknown, none
        case length(Int)
        case chunked
    }

    private static let terminator: UInt32 = 0x0d0a_0d0a

    /// Bytes since the request was sent.
    private(set) var receivedBytes = 0
    /// Bytes up to and with the head's empty line; nil until that was seen.
    private var headBytes: Int?
    /// The last four bytes, the newest in the lowest place.
    private var tail: UInt32 = 0
    private var body = Body.unknown
    /// Bytes of the body that were parsed.
    private var bodyBytes = 0

    /// Bytes arrived, before they are parsed.
    mutating func received(_ bytes: UnsafeRawBufferPointer) {
        var searched = 0
        if headBytes == nil {
            for byte in bytes {
                searched += 1
                tail = tail << 8 | UInt32(byte)
                if tail == Self.terminator {
                    headBytes = receivedBytes + searched
                    break
                }
            }
        }
        for byte in bytes[searched...].suffix(4) { tail = tail << 8 | UInt32(byte) }
        receivedBytes += bytes.count
    }

    /// The head was parsed.
    ///
    /// - Parameter contentLength: nil for a chunked body, or one that the connection's end delimits.
    mutating func headReceived(hasBody: Bool, contentLength: Int?) {
        body = !hasBody ? .none : contentLength.map { .length($0) } ?? .chunked
    }

    /// A part of the body was parsed.
    mutating func bodyReceived(_ count: Int) {
        bodyBytes += count
    }

    /// Whether the head, those of informational responses before it included, exceeds `maximumHeadBytes`, or chunks'
    /// sizes and extensions are far out of proportion to what is in the chunks: neither ends a parser.
    func isExcessive(maximumHeadBytes: Int) -> Bool {
        switch body {
        case .unknown: receivedBytes > maximumHeadBytes
        case .none, .length: false
        case .chunked:
            receivedBytes - (headBytes ?? 0) - bodyBytes > Self.freeOverhead + Self.maximumOverhead * bodyBytes
        }
    }

    /// Bytes of framing for each byte of a body: even one byte per chunk needs six.
    private static let maximumOverhead = 16
    /// So many bytes of framing are taken in any case.
    private static let freeOverhead = 64 * 1_024

    /// Whether nothing follows the response, given that its end was parsed.
    var isAtEnd: Bool {
        guard let headBytes else { return false }
        switch body {
        case .unknown: return false
        case .none: return receivedBytes == headBytes
        case .length(let count): return receivedBytes - headBytes == count
        // An empty line ends the trailer. The beginning of another head has none, and a whole one is a parser error.
        case .chunked: return tail == Self.terminator
        }
    }
}
