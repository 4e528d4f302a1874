import CNGHTTP2

/// Frames of one slice of input that cost this side work and the peer next to nothing.
struct HTTP2FrameCounts {
    /// Streams that ended by a reset which this side did not ask for: the peer's own, and those for its faults.
    var resets = 0
    var pings = 0
    var settings = 0
    var windowUpdates = 0
    /// DATA without content that ends nothing, CONTINUATION and PRIORITY.
    var others = 0

    var isEmpty: Bool { resets | pings | settings | windowUpdates | others == 0 }

    mutating func received(_ header: nghttp2_frame_hd) {
        switch UInt32(header.type) {
        case NGHTTP2_DATA.rawValue:
            let isPadded = UInt32(header.flags) & NGHTTP2_FLAG_PADDED.rawValue != 0
            let ends = UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
            // With padding the frame's size says nothing about its content.
            if !ends && (header.length == 0 || (isPadded && header.length <= 257)) { others += 1 }
        case NGHTTP2_HEADERS.rawValue:
            break
        case NGHTTP2_PING.rawValue:
            pings += 1
        case NGHTTP2_SETTINGS.rawValue:
            settings += 1
        case NGHTTP2_WINDOW_UPDATE.rawValue:
            windowUpdates += 1
        case NGHTTP2_RST_STREAM.rawValue:
            resets += 1
        default:
            others += 1
        }
    }
}
