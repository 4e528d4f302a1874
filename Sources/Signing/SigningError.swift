/// Why a key, an address, a signature's text or a keyfile cannot be used. Messages never hold secrets.
public struct SigningError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Hashable, Sendable {
        enum Base: Hashable, Sendable {
            case invalidHex, invalidAddress, invalidSecret, invalidURI, unsupported
            case fileUnreadable, fileExposed, fileExists, fileUnwritable, invalidKeyfile
        }
        let base: Base
        /// Text that is not an even number of hexadecimal digits.
        public static let invalidHex = Self(base: .invalidHex)
        /// Text that is not the SS58 address of a 32-byte account.
        public static let invalidAddress = Self(base: .invalidAddress)
        /// A seed or private key of the wrong length, or one that is no scalar of the group.
        public static let invalidSecret = Self(base: .invalidSecret)
        /// A secret URI that breaks the grammar `phrase(/soft|//hard)*(///password)?`.
        public static let invalidURI = Self(base: .invalidURI)
        /// A form that exists but is not implemented here, such as an encrypted keyfile.
        public static let unsupported = Self(base: .unsupported)
        /// A keyfile that is missing, unreadable, too large or no regular file.
        public static let fileUnreadable = Self(base: .fileUnreadable)
        /// A secret keyfile that other users of the machine may read.
        public static let fileExposed = Self(base: .fileExposed)
        /// A keyfile that exists already; it is never overwritten.
        public static let fileExists = Self(base: .fileExists)
        /// A keyfile that could not be written.
        public static let fileUnwritable = Self(base: .fileUnwritable)
        /// A keyfile whose content is not the official layout, or whose parts contradict each other.
        public static let invalidKeyfile = Self(base: .invalidKeyfile)
    }
    public let code: Code
    /// For operators.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
