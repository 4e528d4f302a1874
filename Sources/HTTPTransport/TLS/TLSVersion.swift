import COpenSSL

/// A version of TLS that this target speaks; older ones are broken.
public enum TLSVersion: Int, Sendable, Comparable {
    case tls12 = 2
    case tls13 = 3

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// OpenSSL's number, which is the wire's.
    var number: Int32 {
        switch self {
        case .tls12: TLS1_2_VERSION
        case .tls13: TLS1_3_VERSION
        }
    }
}
