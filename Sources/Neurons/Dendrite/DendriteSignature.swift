internal import HTTPTransport
internal import NIOHTTP1
internal import Signing

/// The signature of the dialect `dendrite`, and the headers that carry it.
///
/// - Source: bittensor 10.5.0, `dendrite.py`, `preprocess_synapse_for_request`.
enum DendriteSignature {
    /// The version this implementation speaks, 10.5.0, as the SDK writes it. From 7002000 on nonces are times.
    static let version = 10_005_000

    static func message(nonce: String, sender: String, receiver: String, uuid: String, bodyHash: String) -> String {
        "\(nonce).\(sender).\(receiver).\(uuid).\(bodyHash)"
    }

    /// Adds what differs from miner to miner.
    static func add(
        to headers: inout HTTPHeaders, signer: SR25519KeyPair, sender: String, miner: Miner, nonce: UInt64,
        uuid: String, bodyHash: String
    ) {
        let nonce = String(nonce)
        let message = message(
            nonce: nonce, sender: sender, receiver: miner.hotkeyText, uuid: uuid, bodyHash: bodyHash)
        headers.add(name: "bt_header_axon_ip", value: "\(miner.address.ip)")
        headers.add(name: "bt_header_axon_port", value: "\(miner.address.port)")
        headers.add(name: "bt_header_axon_hotkey", value: miner.hotkeyText)
        headers.add(name: "bt_header_dendrite_version", value: "\(version)")
        headers.add(name: "bt_header_dendrite_nonce", value: nonce)
        headers.add(name: "bt_header_dendrite_uuid", value: uuid)
        headers.add(name: "bt_header_dendrite_hotkey", value: sender)
        headers.add(name: "bt_header_dendrite_signature", value: "0x" + signer.sign(message).hex)
    }
}
