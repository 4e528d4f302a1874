/// Why an address is not dialled.
public struct DialError: Error, Hashable, Sendable {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String, Hashable, Sendable {
            case specialPurposeAddress, deniedAddress, deniedPort, notLoopback, malformedAddress
        }
        let base: Base

        /// The address lies in a range that is not part of the public internet.
        public static let specialPurposeAddress = Self(base: .specialPurposeAddress)
        /// The operator denied this address, for example because it is the gateway's own.
        public static let deniedAddress = Self(base: .deniedAddress)
        /// Port 0, or the port of a service that is no miner.
        public static let deniedPort = Self(base: .deniedPort)
        /// The policy of a local chain dials loopback only.
        public static let notLoopback = Self(base: .notLoopback)
        /// The chain's value is no address: its type is not 4 or 6, or it does not fit the type.
        public static let malformedAddress = Self(base: .malformedAddress)

        public var description: String { base.rawValue }
    }

    public let code: Code
    public let message: String
}

extension DialError: CustomStringConvertible {
    public var description: String { "\(code): \(message)" }
}
