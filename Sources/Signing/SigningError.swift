/// Why a key, an address, a signature's text or a keyfile cannot be used. Messages never hold secrets.
public struct SigningError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Hashable, Sendable {
        enum Base: Hashable, Sendable {
            case invalidHex, invalidAddress, invalidSecret, invalidMnemonic, invalidURI, unsupported
            case fileUnreadable, fileExposed, fileExists, fileUnwritable, invalidKeyfile
            case invalidName, passwordNeeded, wrongPassword
        }
        let base: Base
        /// Text that is not an even number of hexadecimal digits.
        public static let invalidHex = Self(base: .invalidHex)
        /// Text that is not the SS58 address of a 32-byte account.
        public static let invalidAddress = Self(base: .invalidAddress)
        /// A seed or private key of the wrong length, or one that is no scalar of the group.
        public static let invalidSecret = Self(base: .invalidSecret)
        /// Words that are no mnemonic: too few or many, not English, or with a wrong checksum.
        public static let invalidMnemonic = Self(base: .invalidMnemonic)
        /// A secret URI that breaks the grammar `phrase(/soft|//hard)*(///password)?`.
        public static let invalidURI = Self(base: .invalidURI)
        /// A form that exists but is not implemented here, such as a keyfile in an encryption of old.
        public static let unsupported = Self(base: .unsupported)
        /// A keyfile that is missing, unreadable, too large or no regular file.
        public static let fileUnreadable = Self(base: .fileUnreadable)
        /// A secret keyfile that other users of the machine may read.
        public static let fileExposed = Self(base: .fileExposed)
        /// A keyfile that exists already and is left as it is.
        public static let fileExists = Self(base: .fileExists)
        /// A keyfile that could not be written.
        public static let fileUnwritable = Self(base: .fileUnwritable)
        /// A keyfile whose content is not the official layout, or whose parts contradict each other.
        public static let invalidKeyfile = Self(base: .invalidKeyfile)
        /// A wallet's or hotkey's name that cannot be the name of a file.
        public static let invalidName = Self(base: .invalidName)
        /// An encrypted keyfile, and no password for it.
        public static let passwordNeeded = Self(base: .passwordNeeded)
        /// A password that does not open the keyfile.
        public static let wrongPassword = Self(base: .wrongPassword)
    }
    public let code: Code
    /// For operators.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The same error of a file or argument that the message names first.
    func naming(_ subject: String) -> SigningError {
        message.hasPrefix(subject) ? self : SigningError(code, "\(subject): \(message)")
    }

    public var description: String { message }
}
