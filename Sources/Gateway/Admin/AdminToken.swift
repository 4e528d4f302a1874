internal import Signing

/// What opens the admin API: one secret of the operator's, read from a file that only its owner has access to.
public final class AdminToken: Sendable {
    /// Characters: at 32 random ones nobody guesses it.
    static let lengths = 32...512

    private let secret: SecretBytes

    /// - Parameter path: a file with the token in visible ASCII; white space around it is cut off.
    /// - Throws: ``AdminTokenError``, which names the file and never shows what is in it.
    public convenience init(fileAt path: String) throws(AdminTokenError) {
        let content: SecretBytes
        do throws(SigningError) {
            content = try SecretBytes(contentsOfFile: path)
        } catch {
            throw AdminTokenError("the admin token can't be used: \(error.message)")
        }
        try self.init(content, name: path)
    }

    init(_ content: consuming SecretBytes, name: String) throws(AdminTokenError) {
        let secret = content.withBytes { bytes in
            let start = bytes.firstIndex { !Self.isSpace($0) } ?? bytes.endIndex
            let end = bytes.lastIndex { !Self.isSpace($0) }.map { $0 + 1 } ?? start
            return SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        }
        guard Self.lengths.contains(secret.count) else {
            throw AdminTokenError(
                "\(name): an admin token has \(Self.lengths.lowerBound) to \(Self.lengths.upperBound) characters, "
                    + "and this one has \(secret.count); make one with: openssl rand -hex 32")
        }
        guard secret.withBytes({ $0.allSatisfy { (0x21...0x7E).contains($0) } }) else {
            throw AdminTokenError("\(name): an admin token is visible ASCII without spaces")
        }
        guard !secret.withBytes({ $0.starts(with: "sk-th-".utf8) }) else {
            throw AdminTokenError("\(name): an API key is no admin token; make one with: openssl rand -hex 32")
        }
        self.secret = secret
    }

    /// Takes as long for any text of the token's length.
    func matches(_ text: String) -> Bool { secret.isEqual(toUTF8: text) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

/// Why a file holds no admin token.
public struct AdminTokenError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
