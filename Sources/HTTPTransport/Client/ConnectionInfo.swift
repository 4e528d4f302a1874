import Synchronization

/// One of this process's upstream connections.
public struct ConnectionID: Hashable, Sendable {
    public let rawValue: UInt64

    private static let last = Atomic<UInt64>(0)

    static func next() -> ConnectionID {
        ConnectionID(rawValue: last.wrappingAdd(1, ordering: .relaxed).newValue)
    }
}

/// What a request may say about the connection it is sent on.
///
/// An axon of Bittensor's SDK demands a rising nonce per (hotkey, uuid). Requests in flight together must therefore
/// not share a uuid: each connection has its own, and carries one request at a time. Of an HTTP/2 connection each place
/// for a stream has its own, which one stream after the other takes.
public final class ConnectionInfo: Sendable {
    /// What is spoken on a connection.
    public enum Version: Hashable, Sendable { case http1, http2 }

    /// Shared by the places of one HTTP/2 connection.
    public let id: ConnectionID
    public let version: Version
    /// A random RFC 9562 version 4 UUID, lower case, 36 characters.
    public let uuid: String
    private let lastNonce = Atomic<UInt64>(0)

    init(_ version: Version = .http1, id: ConnectionID = .next()) {
        self.id = id
        self.version = version
        uuid = Self.randomUUID()
    }

    /// Unix time in nanoseconds, strictly above every earlier one of this connection even if the clock steps back.
    public func nextNonce() -> UInt64 {
        let now = WallClock.unixNanoseconds()
        var last = lastNonce.load(ordering: .relaxed)
        while true {
            let nonce = max(now, last &+ 1)
            let (done, seen) = lastNonce.compareExchange(expected: last, desired: nonce, ordering: .relaxed)
            if done { return nonce }
            last = seen
        }
    }

    private static func randomUUID() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = (generator.next() & 0xffff_ffff_ffff_0fff) | 0x4000
        let low = (generator.next() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 36) { text in
            var position = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    text[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = nibble < 16 ? high : low
                text[position] = digits[Int((word >> UInt64(60 - 4 * (nibble % 16))) & 0xf)]
                position += 1
            }
            return position
        }
    }
}
