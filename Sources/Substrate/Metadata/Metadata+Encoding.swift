extension Metadata {
    /// The version 15 blob, starting with "meta", as `Metadata_metadata_at_version` returns it inside its
    /// `Option<OpaqueMetadata>`. The exact inverse of ``init(decoding:)`` for version 15.
    ///
    /// Absent extrinsic types (version 14 gives them only as parameters) are written as type 0.
    public func encodedV15() -> [UInt8] {
        var encoder = ScaleEncoder(capacity: 1 << 16)
        encoder.raw(Self.magic)
        encoder.byte(15)
        types.encode(to: &encoder)
        encoder.vector(pallets) { $1.encodeV15(to: &$0) }
        extrinsic.encodeV15(to: &encoder)
        encoder.typeID(runtimeType)
        encoder.vector(apis) { $1.encodeV15(to: &$0) }
        encoder.typeID(outerEnums?.callType ?? 0)
        encoder.typeID(outerEnums?.eventType ?? 0)
        encoder.typeID(outerEnums?.errorType ?? 0)
        encoder.vector(custom) { encoder, value in
            encoder.string(value.name)
            encoder.typeID(value.type)
            encoder.byteVector(value.value)
        }
        return encoder.bytes
    }
}

extension Metadata.Pallet {
    fileprivate func encodeV15(to encoder: inout ScaleEncoder) {
        encoder.string(name)
        encoder.option(storage) { encoder, storage in
            encoder.string(storage.prefix)
            encoder.vector(storage.entries) { $1.encodeV15(to: &$0) }
        }
        encoder.option(callType) { $0.typeID($1) }
        encoder.option(eventType) { $0.typeID($1) }
        encoder.vector(constants) { encoder, constant in
            encoder.string(constant.name)
            encoder.typeID(constant.type)
            encoder.byteVector(constant.value)
            encoder.strings(constant.documentation)
        }
        encoder.option(errorType) { $0.typeID($1) }
        encoder.byte(index)
        encoder.strings(documentation)
    }
}

extension Metadata.StorageEntry {
    fileprivate func encodeV15(to encoder: inout ScaleEncoder) {
        encoder.string(name)
        encoder.byte(modifier.rawValue)
        switch kind {
        case .plain(let type):
            encoder.byte(0)
            encoder.typeID(type)
        case .map(let hashers, let key, let value):
            encoder.byte(1)
            encoder.vector(hashers) { $0.byte($1.rawValue) }
            encoder.typeID(key)
            encoder.typeID(value)
        }
        encoder.byteVector(defaultValue)
        encoder.strings(documentation)
    }
}

extension Metadata.Extrinsic {
    fileprivate func encodeV15(to encoder: inout ScaleEncoder) {
        encoder.byte(versions.first ?? 4)
        for type in [addressType, callType, signatureType, extraType] { encoder.typeID(type ?? 0) }
        encoder.vector(extensions) { encoder, item in
            encoder.string(item.identifier)
            encoder.typeID(item.type)
            encoder.typeID(item.additionalSigned)
        }
    }
}

extension Metadata.RuntimeAPI {
    fileprivate func encodeV15(to encoder: inout ScaleEncoder) {
        encoder.string(name)
        encoder.vector(methods) { encoder, method in
            encoder.string(method.name)
            encoder.vector(method.inputs) { encoder, input in
                encoder.string(input.name)
                encoder.typeID(input.type)
            }
            encoder.typeID(method.output)
            encoder.strings(method.documentation)
        }
        encoder.strings(documentation)
    }
}
