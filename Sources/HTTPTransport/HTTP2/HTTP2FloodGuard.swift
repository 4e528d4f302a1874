import NIOCore

/// What one peer may send that costs this side work and itself next to nothing.
///
/// ## Configuration keys (scope `http2`)
/// - `reset_burst` (int, streams, default 200, 1 or more), `resets_per_second` (int, default 33): streams that the peer
///   resets, or that end for its faults; of a server only what exceeds the streams it was given
/// - `ping_burst` (int, frames, default 100, 1 or more), `pings_per_second` (int, default 10)
/// - `settings_burst` (int, frames, default 32, 1 or more), `settings_per_second` (int, default 2)
/// - `empty_frame_burst` (int, frames, default 500, 1 or more), `empty_frames_per_second` (int, default 100): DATA without
///   content, CONTINUATION and PRIORITY
/// - `window_update_burst` (int, frames, default 2000, 1 or more), `window_updates_per_second` (int, default 500): besides
///   four for every DATA frame that was sent
public struct HTTP2FloodLimits: Sendable, Equatable {
    public var resetBurst = 200
    public var resetsPerSecond = 33
    public var pingBurst = 100
    public var pingsPerSecond = 10
    public var settingsBurst = 32
    public var settingsPerSecond = 2
    public var emptyFrameBurst = 500
    public var emptyFramesPerSecond = 100
    public var windowUpdateBurst = 2_000
    public var windowUpdatesPerSecond = 500

    public init() {}
}

/// Counts one connection's frames against its budgets.
struct HTTP2FloodGuard {
    private var resets: TokenBucket
    private var pings: TokenBucket
    private var settings: TokenBucket
    private var others: TokenBucket
    private var windowUpdates: TokenBucket
    private var creditedDataFrames = 0

    init(_ limits: HTTP2FloodLimits) {
        resets = TokenBucket(burst: limits.resetBurst, perSecond: limits.resetsPerSecond)
        pings = TokenBucket(burst: limits.pingBurst, perSecond: limits.pingsPerSecond)
        settings = TokenBucket(burst: limits.settingsBurst, perSecond: limits.settingsPerSecond)
        others = TokenBucket(burst: limits.emptyFrameBurst, perSecond: limits.emptyFramesPerSecond)
        windowUpdates = TokenBucket(burst: limits.windowUpdateBurst, perSecond: limits.windowUpdatesPerSecond)
    }

    /// The peer may reset as many streams more: this side has opened them.
    mutating func credit(resets count: Int) {
        resets.credit(count)
    }

    /// Takes up the frames of one slice of input.
    ///
    /// - Returns: the kind of frame that came too often; nil when all is well.
    mutating func charge(_ counts: HTTP2FrameCounts, sentDataFrames: Int, at now: NIODeadline) -> String? {
        if counts.windowUpdates > 0 {
            windowUpdates.credit(4 &* (sentDataFrames &- creditedDataFrames))
            creditedDataFrames = sentDataFrames
            if !windowUpdates.take(counts.windowUpdates, at: now) { return "WINDOW_UPDATE" }
        }
        if counts.resets > 0 && !resets.take(counts.resets, at: now) { return "RST_STREAM" }
        if counts.pings > 0 && !pings.take(counts.pings, at: now) { return "PING" }
        if counts.settings > 0 && !settings.take(counts.settings, at: now) { return "SETTINGS" }
        if counts.others > 0 && !others.take(counts.others, at: now) { return "empty" }
        return nil
    }
}
