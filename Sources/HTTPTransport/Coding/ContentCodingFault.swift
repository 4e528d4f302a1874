/// Why compressed content is not taken, or not made.
enum ContentCodingFault: Error, Equatable {
    /// Not what the coding's format allows, cut short, or with bytes behind its end.
    case malformed
    /// More than the limit once decompressed, or denser than honest content is.
    case tooLarge
    /// An unknown coding, or several.
    case unsupported
    /// The library has no memory left.
    case outOfMemory
}
