internal import Foundation
internal import HTTPTransport
internal import JSON
internal import NIOHTTP1
internal import Signing

/// What the headers of a call in the dialect `dendrite` say.
struct DendriteCall {
    let synapse: SynapseShape
    let hotkeyText: String
    /// nil when the text is no address.
    let account: AccountID?
    let nonce: UInt64?
    let uuid: String
    let version: Int?
    let signature: String
    let bodyHash: String
    /// Seconds, 0...600. The header is not signed: a caller may widen its own window no further.
    let timeout: Double

    private static let defaultTimeout = 12.0
    static let maximumTimeout = 600.0
    /// A longer uuid names no sender; it would only fill memory.
    private static let maximumUUIDBytes = 128

    /// - Returns: nil where the SDK fails to build a synapse from the headers.
    init?(_ headers: HTTPHeaders, of synapse: SynapseShape) {
        guard let empty = headers.first(name: "bt_header_input_obj_" + synapse.requiredField),
            let bytes = Data(base64Encoded: empty),
            let value = try? JSONDocument(parsing: String(decoding: bytes, as: UTF8.self)).root,
            synapse.accepts(value)
        else { return nil }
        self.synapse = synapse
        func text(_ name: String) -> String { headers.first(name: "bt_header_dendrite_" + name) ?? "" }
        hotkeyText = text("hotkey")
        account = try? AccountID(ss58: hotkeyText)
        uuid = text("uuid")
        signature = text("signature")
        bodyHash = headers.first(name: "computed_body_hash") ?? ""
        nonce = UInt64(text("nonce"))
        version = Int(text("version"))
        let seconds = headers.first(name: "timeout").map { Double($0) } ?? Self.defaultTimeout
        guard let seconds, seconds.isFinite, text("nonce").isEmpty || nonce != nil,
            text("version").isEmpty || version != nil, uuid.utf8.count <= Self.maximumUUIDBytes
        else { return nil }
        timeout = min(max(seconds, 0), Self.maximumTimeout)
    }

    /// What the caller signed for the axon with this address.
    func message(receiver: String) -> String {
        DendriteSignature.message(
            nonce: nonce.map { String($0) } ?? "None", sender: hotkeyText, receiver: receiver, uuid: uuid,
            bodyHash: bodyHash)
    }
}
