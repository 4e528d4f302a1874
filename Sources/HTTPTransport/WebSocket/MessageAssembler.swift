import NIOCore
import NIOWebSocket

/// Puts a WebSocket's frames together to messages within a bound.
///
/// - Source: RFC 6455, sections 5.4 and 5.5.
struct MessageAssembler {
    enum Action: Equatable {
        case none
        /// A whole text or binary message.
        case deliver(ByteBuffer)
        /// Answer a ping with the same bytes.
        case pong(ByteBuffer)
        /// The peer closes; the status is nil when it gave none.
        case closed(UInt16?)
        /// The peer broke the protocol: close with this status.
        case fail(UInt16)
    }

    static let protocolError: UInt16 = 1002
    static let messageTooLarge: UInt16 = 1009

    private let maximumBytes: Int
    private let expectsMask: Bool
    /// The parts of a message so far; nil between messages.
    private var partial: ByteBuffer?

    /// - Parameter expectsMask: true on the server's side: clients must mask, servers must not.
    init(maximumBytes: Int, expectsMask: Bool) {
        self.maximumBytes = maximumBytes
        self.expectsMask = expectsMask
    }

    mutating func received(_ frame: WebSocketFrame) -> Action {
        let hasReservedBits = frame.rsv1 || frame.rsv2 || frame.rsv3
        guard !hasReservedBits, (frame.maskKey != nil) == expectsMask else { return .fail(Self.protocolError) }
        switch frame.opcode {
        case .text, .binary:
            guard partial == nil else { return .fail(Self.protocolError) }
            guard frame.length <= maximumBytes else { return .fail(Self.messageTooLarge) }
            if frame.fin { return .deliver(frame.unmaskedData) }
            partial = frame.unmaskedData
            return .none
        case .continuation:
            return continued(frame)
        case .ping:
            return .pong(frame.unmaskedData)
        case .pong:
            return .none
        case .connectionClose:
            return closed(frame.unmaskedData)
        default:
            return .fail(Self.protocolError)
        }
    }

    private mutating func continued(_ frame: WebSocketFrame) -> Action {
        guard let count = partial?.readableBytes else { return .fail(Self.protocolError) }
        guard frame.length <= maximumBytes - count else { return .fail(Self.messageTooLarge) }
        partial?.writeImmutableBuffer(frame.unmaskedData)
        guard frame.fin, let message = partial else { return .none }
        partial = nil
        return .deliver(message)
    }

    private func closed(_ data: ByteBuffer) -> Action {
        var data = data
        if data.readableBytes == 0 { return .closed(nil) }
        guard let code = data.readInteger(as: UInt16.self) else { return .fail(Self.protocolError) }
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: return .closed(code)
        default: return .fail(Self.protocolError)
        }
    }
}
