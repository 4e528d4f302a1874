internal import JSON
internal import NIOCore

/// One JSON-RPC call to make.
public struct RPCCall: Hashable, Sendable {
    public var method: String
    public var parameters: [RPCValue]

    public init(_ method: String, _ parameters: [RPCValue] = []) {
        self.method = method
        self.parameters = parameters
    }
}

/// What a node says: one answer or notification. A message holds one, or several as an array.
enum RPCMessage: Sendable {
    case answer(id: UInt64, Result<JSONElement, SubstrateError>)
    case notification(subscription: String, JSONElement)

    /// - Throws: `malformedResponse` for what is not JSON-RPC 2.0 or answers nothing that was asked.
    static func all(in message: ByteBuffer) throws(SubstrateError) -> [RPCMessage] {
        let root: JSONElement
        do {
            root = try JSONDocument(parsing: message).root
        } catch {
            throw SubstrateError(.malformedResponse, "the node sent something that is not JSON", cause: error)
        }
        guard root.kind == .array else { return try one(root).map { [$0] } ?? [] }
        var messages: [RPCMessage] = []
        for element in root.elements {
            guard let message = try one(element) else { continue }
            messages.append(message)
        }
        return messages
    }

    /// Nil for what concerns nobody here.
    private static func one(_ root: JSONElement) throws(SubstrateError) -> RPCMessage? {
        if let id = root["id"], !id.isNull {
            guard let id = id.uint64 else {
                throw SubstrateError(.malformedResponse, "the node answered a call that was not made")
            }
            return .answer(id: id, result(root))
        }
        if let parameters = root["params"], let subscription = parameters["subscription"],
            let value = parameters["result"]
        {
            return .notification(subscription: key(subscription), value)
        }
        if let error = root["error"] {
            // An answer without id: the node could not read what was sent, or takes no batches.
            throw SubstrateError(.malformedResponse, "the node refused a message: \(RPCFailure(error).text)")
        }
        return nil
    }

    private static func result(_ root: JSONElement) -> Result<JSONElement, SubstrateError> {
        if let error = root["error"], !error.isNull { return .failure(RPCFailure(error).error) }
        guard let result = root["result"] else {
            return .failure(SubstrateError(.malformedResponse, "the answer has neither result nor error"))
        }
        return .success(result)
    }

    /// A subscription's id, a text or a number, as a key.
    static func key(_ id: JSONElement) -> String { id.string ?? String(buffer: id.rawBytes) }
}
