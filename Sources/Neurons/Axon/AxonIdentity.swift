internal import Foundation
internal import Signing

/// Who an axon is.
struct AxonIdentity: Sendable {
    let keyPair: SR25519KeyPair
    /// The hotkey's SS58 address.
    let address: String
    /// One per axon, as the SDK's.
    let uuid: String

    init(_ keyPair: SR25519KeyPair) {
        self.keyPair = keyPair
        address = keyPair.accountID.ss58
        uuid = Self.randomID()
    }

    static func randomID() -> String { UUID().uuidString.lowercased() }
}
