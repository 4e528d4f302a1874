import CSodium

/// libsodium, initialised: without it the library keeps to its slowest implementations.
enum Sodium {
    private static let isReady: Bool = sodium_init() >= 0

    /// Called before the first use of the library on every path; costs one load afterwards.
    @inline(__always)
    static func prepare() {
        precondition(isReady, "libsodium cannot be initialised")
    }
}
