/// A call of the runtime by name.
public struct RuntimeCall: Hashable, Sendable {
    public var pallet: String
    public var name: String
    public var arguments: [ScaleValue.Field]

    public init(pallet: String, name: String, arguments: [ScaleValue.Field]) {
        self.pallet = pallet
        self.name = name
        self.arguments = arguments
    }

    public init(_ pallet: String, _ name: String, _ arguments: KeyValuePairs<String, ScaleValue>) {
        self.init(pallet: pallet, name: name, arguments: arguments.map { .init($0.key, $0.value) })
    }

    public subscript(_ argument: String) -> ScaleValue? { arguments.first { $0.name == argument }?.value }
}

extension RuntimeCodec {
    /// Pallet index, call index, arguments in the call's order.
    ///
    /// - Throws: `unknownName` where this runtime has no such call, `valueMismatch` naming the argument.
    public func encode(_ call: RuntimeCall) throws(SubstrateError) -> [UInt8] {
        let pallet = try self.pallet(call.pallet)
        guard let type = pallet.callType, case .variant(let calls) = try shape(type),
            let position = calls.byName[call.name]
        else { throw .unknown("the runtime has no call \(call.pallet).\(call.name)") }
        var encoder = ScaleEncoder(capacity: 256)
        encoder.byte(pallet.index)
        encoder.byte(calls.cases[position].index)
        try encode(
            fields: call.arguments, as: calls.cases[position].fields, into: &encoder,
            of: "\(call.pallet).\(call.name)")
        return encoder.bytes
    }

    /// The call that takes all of `bytes`.
    public func decodeCall(_ bytes: [UInt8]) throws(SubstrateError) -> RuntimeCall {
        var decoder = ScaleDecoder(bytes)
        let call = try decodeCall(from: &decoder)
        try decoder.finish()
        return call
    }

    public func decodeCall(from decoder: inout ScaleDecoder) throws(SubstrateError) -> RuntimeCall {
        let index = try decoder.byte()
        guard let pallet = pallet(index: index), let type = pallet.callType else {
            throw .malformed("no pallet with calls has index \(index)")
        }
        guard case .variant(let name, let arguments) = try decode(from: &decoder, as: type) else {
            throw .malformed("the calls of \(pallet.name) are not an enum")
        }
        return RuntimeCall(pallet: pallet.name, name: name, arguments: arguments)
    }

    /// A runtime API's arguments, one after the other, as `state_call` takes them.
    public func encodeArguments(
        _ api: String, _ method: String, _ values: [ScaleValue]
    ) throws(SubstrateError) -> [UInt8] {
        let inputs = try self.method(api, method).inputs
        var encoder = ScaleEncoder()
        try encode(
            fields: values.map { .init(nil, $0) },
            as: inputs.map { .init(name: $0.name, type: $0.type) }, into: &encoder, of: "\(api).\(method)")
        return encoder.bytes
    }

    public func decodeArguments(
        _ api: String, _ method: String, _ bytes: [UInt8]
    ) throws(SubstrateError) -> [ScaleValue] {
        var decoder = ScaleDecoder(bytes)
        var values: [ScaleValue] = []
        for input in try self.method(api, method).inputs {
            values.append(try decode(from: &decoder, as: input.type))
        }
        try decoder.finish()
        return values
    }

    public func decodeResult(_ api: String, _ method: String, _ bytes: [UInt8]) throws(SubstrateError) -> ScaleValue {
        let description = try self.method(api, method)
        guard description.isAssumed else { return try decode(bytes, as: description.output) }
        // Fields that a newer runtime has appended are left over.
        var decoder = ScaleDecoder(bytes)
        return try decode(from: &decoder, as: description.output)
    }
}
