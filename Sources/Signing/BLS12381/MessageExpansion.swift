/// `expand_message_xmd` with SHA-256: uniform bytes of any message.
///
/// - Source: RFC 9380, 5.3.1.
enum MessageExpansion {
    private static let blockCount = 64

    /// - Parameters:
    ///   - domain: at most 255 bytes; a constant of the caller.
    ///   - count: at most 8160 bytes; a constant of the caller.
    static func expand(_ message: [UInt8], domain: [UInt8], count: Int) -> [UInt8] {
        precondition(domain.count <= 255 && count <= 255 * 32, "lengths are constants of this target")
        let suffix = domain + [UInt8(domain.count)]
        let length = [UInt8(count >> 8), UInt8(count & 255)]
        let zeros = [UInt8](repeating: 0, count: blockCount)
        let seed = Hash.sha256(zeros + message + length + [0] + suffix)
        var block = Hash.sha256(seed + [1] + suffix)
        var output = block
        var index: UInt8 = 1
        while output.count < count {
            index += 1
            block = Hash.sha256(zip(seed, block).map(^) + [index] + suffix)
            output += block
        }
        return Array(output.prefix(count))
    }
}
