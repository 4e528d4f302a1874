#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The time of day, which signatures carry. Durations are measured with `ContinuousClock`.
enum UnixTime {
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_REALTIME, &time) == 0, time.tv_sec >= 0 else { return 0 }
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

extension Duration {
    /// Seconds as Python prints a float: `12.0`.
    var pythonSeconds: String {
        if components.attoseconds == 0, components.seconds.magnitude < 1_000_000 { return "\(components.seconds).0" }
        return PythonNumber.repr(Double(components.seconds) + Double(components.attoseconds) / 1e18)
    }
}
