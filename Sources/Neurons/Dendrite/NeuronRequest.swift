internal import JSON
public import NIOCore
public import NIOHTTP1
internal import Signing

/// One request for any number of miners: encoded and hashed once, then signed for each.
public struct NeuronRequest: Sendable {
    /// A field of a synapse: its name and its value as JSON text.
    public struct Field: Sendable {
        public let name: String
        public let value: ByteBuffer

        public init(name: String, value: ByteBuffer) {
            self.name = name
            self.value = value
        }
    }

    /// What the signature says beside nonce and parties.
    enum Form: Sendable {
        case synapse(bodyHash: String)
        case http(bodyHash: String)
    }

    public let method: HTTPMethod
    /// The request target, for example `/ChatSynapse`.
    public let target: String
    public let body: ByteBuffer
    /// Headers that are the same for every miner.
    let headers: HTTPHeaders
    let form: Form

    public var dialect: NeuronDialect {
        switch form {
        case .synapse: .dendrite
        case .http: .btauth
        }
    }

    /// A call of a synapse, in the dialect `dendrite`.
    ///
    /// - Parameters:
    ///   - name: the synapse's class name; it becomes the path.
    ///   - fields: in the synapse's order. Fields with defaults may be left out.
    ///     The hash covers Python's text of the value, so that a hashed field must be written as the synapse holds it:
    ///     `1.0` where it declares a float.
    ///   - required: fields without a default. The axon builds an empty synapse from headers that name them.
    ///   - hashed: the synapse's `required_hash_fields` in its order. One that is not in `fields` is hashed as `None`.
    ///   - timeout: what the miner is told; it also widens the axon's window for old nonces.
    ///   - isStream: the miner is expected to stream. Nothing on the wire says so: the synapse does.
    /// - Throws: ``NeuronError`` with code `invalidRequest` for a value that is not JSON, a required field that is
    ///   missing, or a name that no header can carry.
    public static func synapse(
        _ name: String, fields: [Field], required: [String], hashed: [String], timeout: Duration,
        isStream: Bool = false
    ) throws(NeuronError) -> NeuronRequest {
        guard isToken(name) else { throw invalid("\(NeuronError.quoted(name)) is no name of a synapse") }
        let timeoutText = timeout.pythonSeconds
        let values = try parsed(fields, named: Set(required + hashed))
        let bodyHash = BodyHash.hex(of: hashed.map { values[$0]?.root })

        var headers: HTTPHeaders = [:]
        headers.reserveCapacity(16)
        headers.add(name: "content-type", value: "application/json")
        headers.add(name: "accept", value: "*/*")
        headers.add(name: "name", value: name)
        headers.add(name: "timeout", value: timeoutText)
        for field in required {
            guard let value = values[field]?.root else { throw invalid("the required field \(field) is missing") }
            guard isToken(field) else { throw invalid("\(NeuronError.quoted(field)) is no name of a field") }
            headers.add(name: "bt_header_input_obj_" + field, value: emptyValue(like: value))
        }
        let body = encoded(name, fields, timeout: timeoutText)
        // Sizes of Python objects in the SDK; informative, and any integer will do.
        headers.add(name: "header_size", value: "0")
        headers.add(name: "total_size", value: "\(body.readableBytes)")
        headers.add(name: "computed_body_hash", value: bodyHash)
        return NeuronRequest(
            method: .POST, target: "/" + name, body: body, headers: headers, form: .synapse(bodyHash: bodyHash))
    }

    /// Any HTTP request, in the dialect `btauth`.
    ///
    /// - Parameter path: the request target, query included, exactly as it is sent.
    public static func http(
        method: HTTPMethod = .POST, path: String, body: ByteBuffer, contentType: String = "application/json"
    ) -> NeuronRequest {
        let bodyHash = Hex.encode(body.withUnsafeReadableBytes { Hash.sha256($0) })
        return NeuronRequest(
            method: method, target: path, body: body, headers: ["content-type": contentType, "accept": "*/*"],
            form: .http(bodyHash: bodyHash))
    }

    private static func parsed(_ fields: [Field], named names: Set<String>) throws(NeuronError)
        -> [String: JSONDocument]
    {
        var documents: [String: JSONDocument] = [:]
        for field in fields where names.contains(field.name) {
            do { documents[field.name] = try JSONDocument(parsing: field.value) } catch {
                throw invalid("the value of \(NeuronError.quoted(field.name)) is not JSON", cause: error)
            }
        }
        return documents
    }

    private static func encoded(_ name: String, _ fields: [Field], timeout: String) -> ByteBuffer {
        var writer = JSONWriter(capacity: fields.reduce(96) { $0 + $1.name.utf8.count + $1.value.readableBytes + 4 })
        writer.beginObject()
        writer.member("name", name)
        writer.name("timeout")
        writer.raw(timeout)
        for field in fields { writer.member(field.name, raw: field.value) }
        writer.endObject()
        return writer.buffer
    }

    /// Base64 of the JSON of Python's empty value of the same type.
    ///
    /// - Source: bittensor 10.5.0, `synapse.py`, `to_headers`: `instance.__class__.__call__()`.
    static func emptyValue(like value: JSONElement) -> String {
        switch value.kind {
        case .string: "IiI="  // ""
        case .array: "W10="  // []
        case .object: "e30="  // {}
        case .bool: "ZmFsc2U="  // false
        case .null: "bnVsbA=="  // null
        case .number: String(buffer: value.rawBytes).contains { ".eE".contains($0) } ? "MC4w" : "MA=="  // 0.0, 0
        }
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static func invalid(_ message: String, cause: (any Error)? = nil) -> NeuronError {
        NeuronError(.invalidRequest, source: .gateway, isRetryable: false, message, cause: cause)
    }
}
