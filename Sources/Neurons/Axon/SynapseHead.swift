internal import HTTPTransport
internal import JSON
internal import NIOCore
internal import NIOHTTP1
internal import Signing

/// What an axon says around an answer: the `bt_header_*` fields and the beginning of the body.
struct SynapseHead {
    let identity: AxonIdentity
    /// nil when the call's headers made no sense.
    let call: DendriteCall?
    let startedAt: ContinuousClock.Instant

    /// In a success the SDK's axon sends what the body carries, without nonce and signature of its own.
    func headersOfSuccess(contentType: String = "application/json") -> HTTPHeaders {
        headers(status: 200, message: "Success", contentType: contentType)
    }

    /// A refusal carries the axon's own nonce and signature, made only here.
    func headers(refusing rejection: AxonRejection) -> HTTPHeaders {
        var headers = headers(
            status: rejection.status, message: NeuronError.quoted(rejection.message, maximumLength: 1_024),
            contentType: "application/json")
        guard let call, call.account != nil else { return headers }
        let nonce = UnixTime.nanoseconds()
        let signature = identity.keyPair.sign("\(nonce).\(call.hotkeyText).\(identity.address).\(identity.uuid)")
        headers.add(name: "bt_header_axon_version", value: "\(DendriteSignature.version)")
        headers.add(name: "bt_header_axon_nonce", value: "\(nonce)")
        headers.add(name: "bt_header_axon_uuid", value: identity.uuid)
        headers.add(name: "bt_header_axon_signature", value: "0x" + signature.hex)
        return headers
    }

    private func headers(status: Int, message: String, contentType: String) -> HTTPHeaders {
        var headers: HTTPHeaders = [
            "content-type": contentType, "name": call?.synapse.rawValue ?? "Synapse",
            "timeout": PythonNumber.repr(call?.timeout ?? 12), "bt_header_axon_status_code": "\(status)",
            "bt_header_axon_status_message": message,
            "bt_header_axon_process_time": (ContinuousClock.now - startedAt).pythonSeconds,
            "bt_header_axon_hotkey": identity.address,
        ]
        guard let call, call.account != nil else { return headers }
        headers.add(name: "bt_header_dendrite_hotkey", value: call.hotkeyText)
        headers.add(name: "bt_header_dendrite_uuid", value: call.uuid)
        if let nonce = call.nonce { headers.add(name: "bt_header_dendrite_nonce", value: "\(nonce)") }
        headers.add(name: "header_size", value: "0")
        headers.add(name: "total_size", value: "0")
        headers.add(name: "computed_body_hash", value: call.bodyHash)
        return headers
    }

    /// The whole synapse up to its answer fields, which the caller of this function adds before it ends the object.
    func beginBody(repeating body: JSONElement, from request: HTTPRequest) -> JSONWriter {
        var writer = JSONWriter(capacity: request.body.readableBytes + 1_024)
        writer.beginObject()
        guard let call else { return writer }
        writer.member("name", call.synapse.rawValue)
        writer.member("timeout", call.timeout)
        writer.member("total_size", 0)
        writer.member("header_size", 0)
        writer.name("dendrite")
        terminal(
            &writer, status: nil, hotkey: call.hotkeyText, nonce: call.nonce, uuid: call.uuid,
            signature: call.signature)
        writer.name("axon")
        terminal(&writer, status: 200, hotkey: identity.address, nonce: nil, uuid: nil, signature: nil)
        writer.member("computed_body_hash", "")
        for field in call.synapse.repeatedFields {
            if let value = body[field] { writer.member(field, raw: value.rawBytes) }
        }
        return writer
    }

    /// The SDK's `TerminalInfo`.
    private func terminal(
        _ writer: inout JSONWriter, status: Int?, hotkey: String, nonce: UInt64?, uuid: String?, signature: String?
    ) {
        writer.beginObject()
        if let status {
            writer.member("status_code", status)
            writer.member("status_message", "Success")
            writer.name("process_time")
            writer.raw((ContinuousClock.now - startedAt).pythonSeconds)
        }
        writer.member("hotkey", hotkey)
        if let nonce { writer.member("nonce", nonce) }
        if let uuid { writer.member("uuid", uuid) }
        if let signature { writer.member("signature", signature) }
        writer.endObject()
    }
}
