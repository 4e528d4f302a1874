public import HTTPTransport
public import Signing

/// A neuron that can be asked: where it listens and who it is.
public struct Miner: Hashable, Sendable {
    /// The slot in its subnet; it passes to another hotkey one day.
    public let uid: UInt16
    public let hotkey: Hotkey
    /// The hotkey's SS58 address, which every signature names.
    public let hotkeyText: String
    public let address: VettedAddress

    public init(uid: UInt16, hotkey: Hotkey, hotkeyText: String, address: VettedAddress) {
        self.uid = uid
        self.hotkey = hotkey
        self.hotkeyText = hotkeyText
        self.address = address
    }

    public init(uid: UInt16, hotkey: Hotkey, address: VettedAddress) {
        self.init(uid: uid, hotkey: hotkey, hotkeyText: hotkey.ss58, address: address)
    }
}
