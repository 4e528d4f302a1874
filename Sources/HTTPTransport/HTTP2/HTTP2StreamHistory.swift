/// Tells frames that come too late for their stream from those that were on their way when this side reset it.
///
/// nghttp2 throws both away, DATA without telling. A client that opens a stream again which it has ended, reset or left
/// out has lost count, and the connection ends.
///
/// - Source: RFC 9113, sections 5.1 and 5.1.1.
struct HTTP2StreamHistory {
    /// A client has no more streams open than it is allowed; it may send on each until it reads of the reset.
    private static let capacity = 512

    private var highest: Int32 = 0
    private var resets: [Int32] = []
    private var nextReset = 0

    /// This side resets a stream, or refuses it.
    mutating func resetSent(_ stream: Int32) {
        if resets.count < Self.capacity { return resets.append(stream) }
        resets[nextReset] = stream
        nextReset = (nextReset + 1) % Self.capacity
    }

    func wasReset(_ stream: Int32) -> Bool { resets.contains(stream) }

    /// The peer opens a stream, or sends on it again.
    ///
    /// - Parameter isKnown: whether the stream is open on either side.
    /// - Returns: what the connection must end with.
    mutating func headersBegan(_ stream: Int32, isKnown: Bool) -> HTTP2ErrorCode? {
        guard stream <= highest else {
            highest = stream
            return nil
        }
        return isKnown || resets.contains(stream) ? nil : .protocolError
    }
}
