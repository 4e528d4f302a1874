/// The account that runs a neuron: it signs requests and weights and stays on the machine.
public struct Hotkey: Hashable, Sendable, CustomStringConvertible {
    public let account: AccountID

    public init(_ account: AccountID) { self.account = account }

    /// - Throws: ``SigningError`` with code `invalidAddress`.
    public init(ss58 text: String) throws(SigningError) { account = try AccountID(ss58: text) }

    public var ss58: String { account.ss58 }
    public var description: String { ss58 }
}
