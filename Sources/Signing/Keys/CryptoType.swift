/// The two kinds of keys, by the numbers that keyfiles and the chain's `MultiSignature` give them.
public enum CryptoType: Int, Sendable, CaseIterable {
    case ed25519 = 0
    case sr25519 = 1

    public var name: String { self == .sr25519 ? "sr25519" : "ed25519" }
}
