import CNGHTTP2
import COpenSSL

/// The C libraries this target is linked to, by the versions found at run time.
///
/// Distributions patch these libraries in place, so what runs is not always what it was built with.
public enum LinkedLibraries {
    /// OpenSSL's own text, for example `OpenSSL 3.0.17 1 Jul 2025`.
    public static var openSSL: String {
        OpenSSL_version(OPENSSL_VERSION).map { String(cString: $0) } ?? "OpenSSL of unknown version"
    }

    /// libnghttp2's version, for example `nghttp2 1.52.0`.
    public static var nghttp2: String {
        nghttp2_version(0).flatMap { $0.pointee.version_str }.map { "nghttp2 \(String(cString: $0))" }
            ?? "nghttp2 of unknown version"
    }

    /// One line naming every linked library.
    public static var description: String { "\(openSSL), \(nghttp2)" }
}
