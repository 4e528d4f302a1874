/// How long the phases of one exchange may take.
///
/// A caller's deadline ends an exchange even earlier. None of them runs while the caller itself holds things up.
///
/// ## Configuration keys
/// - `connect_timeout` (duration, default 3 s): to an established connection, the handshake of TLS included
/// - `first_byte_timeout` (duration, default 10 min): from the whole request sent to the response's head
/// - `body_timeout` (duration, default 2 min): without a byte of a body that is waited for, or taken of one sent
/// - `total_timeout` (duration, default 1 h): for everything; no extended deadline reaches beyond it
public struct HTTPTimeouts: Sendable, Hashable {
    public var connect: Duration = .seconds(3)
    public var firstByte: Duration = .seconds(600)
    public var idle: Duration = .seconds(120)
    public var total: Duration = .seconds(3_600)

    public init() {}
}
