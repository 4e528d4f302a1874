/// One HTTP/2 frame (RFC 9113, section 4.1), valid or not.
struct CaseFrame: Sendable {
    var type: UInt8
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []
    /// What the length field says, where that is not the payload's length.
    var declaredLength: Int?

    var bytes: [UInt8] {
        let length = declaredLength ?? payload.count
        return [
            UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8),
            UInt8(truncatingIfNeeded: length), type, flags,
        ] + stream.bigEndianBytes + payload
    }

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
}

/// Frame types of RFC 9113, section 6.
enum FrameType {
    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let priority: UInt8 = 2
    static let resetStream: UInt8 = 3
    static let settings: UInt8 = 4
    static let pushPromise: UInt8 = 5
    static let ping: UInt8 = 6
    static let goAway: UInt8 = 7
    static let windowUpdate: UInt8 = 8
    static let continuation: UInt8 = 9
}

/// Flags of RFC 9113, section 6.
enum FrameFlag {
    static let acknowledge: UInt8 = 0x1
    static let endStream: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4
    static let padded: UInt8 = 0x8
    static let priority: UInt8 = 0x20
}

/// Error codes of RFC 9113, section 7.
enum ErrorCode: UInt32, Sendable {
    case noError, protocolError, internalError, flowControlError, settingsTimeout, streamClosed, frameSizeError
    case refusedStream, cancel, compressionError, connectError, enhanceYourCalm, inadequateSecurity, http11Required
}

/// Settings of RFC 9113, section 6.5.2.
enum Setting {
    static let headerTableSize: UInt16 = 1
    static let enablePush: UInt16 = 2
    static let maximumConcurrentStreams: UInt16 = 3
    static let initialWindowSize: UInt16 = 4
    static let maximumFrameSize: UInt16 = 5
    static let maximumHeaderListSize: UInt16 = 6
}

extension FixedWidthInteger {
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

// MARK: - The frames that tests send

extension CaseFrame {
    static func data(_ stream: UInt32, _ body: [UInt8] = Array("test".utf8), end: Bool = false) -> CaseFrame {
        CaseFrame(type: FrameType.data, flags: end ? FrameFlag.endStream : 0, stream: stream, payload: body)
    }

    static func headers(
        _ stream: UInt32, _ block: [UInt8], end: Bool = true, endHeaders: Bool = true
    ) -> CaseFrame {
        let flags = (end ? FrameFlag.endStream : 0) | (endHeaders ? FrameFlag.endHeaders : 0)
        return CaseFrame(type: FrameType.headers, flags: flags, stream: stream, payload: block)
    }

    static func continuation(_ stream: UInt32, _ block: [UInt8], endHeaders: Bool = true) -> CaseFrame {
        CaseFrame(
            type: FrameType.continuation, flags: endHeaders ? FrameFlag.endHeaders : 0, stream: stream, payload: block)
    }

    static func priority(_ stream: UInt32, dependsOn other: UInt32 = 0, weight: UInt8 = 255) -> CaseFrame {
        CaseFrame(type: FrameType.priority, stream: stream, payload: other.bigEndianBytes + [weight])
    }

    static func reset(_ stream: UInt32, code: UInt32 = ErrorCode.cancel.rawValue) -> CaseFrame {
        CaseFrame(type: FrameType.resetStream, stream: stream, payload: code.bigEndianBytes)
    }

    static func settings(_ entries: KeyValuePairs<UInt16, UInt32> = [:]) -> CaseFrame {
        CaseFrame(
            type: FrameType.settings, payload: entries.flatMap { $0.key.bigEndianBytes + $0.value.bigEndianBytes })
    }

    static let settingsAcknowledgement = CaseFrame(type: FrameType.settings, flags: FrameFlag.acknowledge)

    static func ping(_ data: UInt64 = 0, acknowledges: Bool = false) -> CaseFrame {
        CaseFrame(
            type: FrameType.ping, flags: acknowledges ? FrameFlag.acknowledge : 0, payload: data.bigEndianBytes)
    }

    static func goAway(last: UInt32 = 0, code: UInt32 = 0, _ debug: String = "") -> CaseFrame {
        CaseFrame(
            type: FrameType.goAway, payload: last.bigEndianBytes + code.bigEndianBytes + Array(debug.utf8))
    }

    static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> CaseFrame {
        CaseFrame(type: FrameType.windowUpdate, stream: stream, payload: increment.bigEndianBytes)
    }

    static func pushPromise(_ stream: UInt32, promises promised: UInt32, _ block: [UInt8]) -> CaseFrame {
        CaseFrame(
            type: FrameType.pushPromise, flags: FrameFlag.endHeaders, stream: stream,
            payload: promised.bigEndianBytes + block)
    }
}
