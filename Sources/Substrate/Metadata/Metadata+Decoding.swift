extension Metadata {
    /// Four bytes in front of every metadata blob: "meta".
    static let magic: [UInt8] = [0x6d, 0x65, 0x74, 0x61]

    /// Reads a metadata blob of version 14, 15 or 16, starting with "meta".
    ///
    /// - Throws: `malformed` for broken bytes, `unsupportedMetadata` for other versions.
    /// - Source: `frame-metadata`, `RuntimeMetadataPrefixed`.
    public init(decoding bytes: [UInt8]) throws(SubstrateError) {
        var decoder = ScaleDecoder(bytes)
        guard try decoder.bytes(count: 4) == Self.magic else {
            throw .malformed("metadata does not start with \"meta\"")
        }
        let version = try decoder.byte()
        switch version {
        case 14: try self.init(v14: &decoder)
        case 15: try self.init(v15: &decoder)
        case 16: try self.init(v16: &decoder)
        default:
            throw SubstrateError(.unsupportedMetadata, "metadata version \(version); 14, 15 and 16 can be read")
        }
        try decoder.finish()
    }

    private init(v14 decoder: inout ScaleDecoder) throws(SubstrateError) {
        types = try TypeRegistry(from: &decoder)
        pallets = try decoder.vector { (decoder) throws(SubstrateError) in try Pallet(from: &decoder, version: 14) }
        let extrinsicType = try decoder.typeID()
        extrinsic = Extrinsic(
            versions: [try decoder.byte()], addressType: nil, callType: nil, signatureType: nil, extraType: nil,
            extrinsicType: extrinsicType, extensions: try TransactionExtension.list(from: &decoder))
        runtimeType = try decoder.typeID()
        apis = []
        outerEnums = nil
        custom = []
        extrinsic.fillFromExtrinsicType(types)
    }

    private init(v15 decoder: inout ScaleDecoder) throws(SubstrateError) {
        types = try TypeRegistry(from: &decoder)
        pallets = try decoder.vector { (decoder) throws(SubstrateError) in try Pallet(from: &decoder, version: 15) }
        extrinsic = Extrinsic(
            versions: [try decoder.byte()], addressType: try decoder.typeID(), callType: try decoder.typeID(),
            signatureType: try decoder.typeID(), extraType: try decoder.typeID(),
            extensions: try TransactionExtension.list(from: &decoder))
        runtimeType = try decoder.typeID()
        apis = try decoder.vector { (decoder) throws(SubstrateError) in
            try RuntimeAPI(from: &decoder, version: 15)
        }
        outerEnums = try OuterEnums(from: &decoder)
        custom = try CustomValue.list(from: &decoder)
    }

    private init(v16 decoder: inout ScaleDecoder) throws(SubstrateError) {
        types = try TypeRegistry(from: &decoder)
        pallets = try decoder.vector { (decoder) throws(SubstrateError) in try Pallet(from: &decoder, version: 16) }
        let versions = try decoder.byteVector()
        let address = try decoder.typeID()
        let call = try decoder.typeID()
        let signature = try decoder.typeID()
        let byVersion = try decoder.vector { (decoder) throws(SubstrateError) in
            (
                version: try decoder.byte(),
                indices: try decoder.vector { (decoder) throws(SubstrateError) in try decoder.compact(as: Int.self) }
            )
        }
        let all = try TransactionExtension.list(from: &decoder)
        // The list may hold extensions of later extension versions; version 0 is the one extrinsics v4 carry.
        var extensions = all
        if let version = byVersion.first(where: { $0.version == 0 }) {
            extensions = []
            for index in version.indices {
                guard all.indices.contains(index) else { throw .malformed("no transaction extension \(index)") }
                extensions.append(all[index])
            }
        }
        extrinsic = Extrinsic(
            versions: versions, addressType: address, callType: call, signatureType: signature, extraType: nil,
            extensions: extensions)
        apis = try decoder.vector { (decoder) throws(SubstrateError) in
            try RuntimeAPI(from: &decoder, version: 16)
        }
        outerEnums = try OuterEnums(from: &decoder)
        custom = try CustomValue.list(from: &decoder)
        runtimeType = 0
    }
}

extension Metadata.Pallet {
    fileprivate init(from decoder: inout ScaleDecoder, version: Int) throws(SubstrateError) {
        name = try decoder.string()
        storage = try decoder.option { (decoder) throws(SubstrateError) in
            Metadata.Storage(
                prefix: try decoder.string(),
                entries: try decoder.vector { (decoder) throws(SubstrateError) in
                    try Metadata.StorageEntry(from: &decoder, version: version)
                })
        }
        callType = try Self.enumType(from: &decoder, version: version)
        eventType = try Self.enumType(from: &decoder, version: version)
        constants = try decoder.vector { (decoder) throws(SubstrateError) in
            let constant = Metadata.Constant(
                name: try decoder.string(), type: try decoder.typeID(), value: try decoder.byteVector(),
                documentation: try decoder.strings())
            if version >= 16 { try decoder.skipDeprecation() }
            return constant
        }
        errorType = try Self.enumType(from: &decoder, version: version)
        if version >= 16 {
            try Self.skipAssociatedTypes(&decoder)
            try Self.skipViewFunctions(&decoder)
        }
        index = try decoder.byte()
        documentation = version >= 15 ? try decoder.strings() : []
        if version >= 16 { try decoder.skipDeprecation() }
    }

    private static func enumType(
        from decoder: inout ScaleDecoder, version: Int
    ) throws(SubstrateError) -> TypeRegistry.ID? {
        try decoder.option { (decoder) throws(SubstrateError) in
            let type = try decoder.typeID()
            if version >= 16 { try decoder.skipVariantDeprecations() }
            return type
        }
    }

    private static func skipAssociatedTypes(_ decoder: inout ScaleDecoder) throws(SubstrateError) {
        for _ in 0..<(try decoder.count()) {
            _ = try decoder.string()
            _ = try decoder.typeID()
            _ = try decoder.strings()
        }
    }

    private static func skipViewFunctions(_ decoder: inout ScaleDecoder) throws(SubstrateError) {
        for _ in 0..<(try decoder.count()) {
            _ = try decoder.bytes(count: 32)
            _ = try decoder.string()
            _ = try Metadata.RuntimeAPI.Parameter.list(from: &decoder)
            _ = try decoder.typeID()
            _ = try decoder.strings()
            try decoder.skipDeprecation()
        }
    }
}

extension Metadata.StorageEntry {
    fileprivate init(from decoder: inout ScaleDecoder, version: Int) throws(SubstrateError) {
        name = try decoder.string()
        let tag = try decoder.byte()
        guard let modifier = Modifier(rawValue: tag) else { throw .malformed("no storage modifier has number \(tag)") }
        self.modifier = modifier
        switch try decoder.byte() {
        case 0: kind = .plain(try decoder.typeID())
        case 1:
            let hashers = try decoder.vector { (decoder) throws(SubstrateError) in
                let tag = try decoder.byte()
                guard let hasher = Metadata.StorageHasher(rawValue: tag) else {
                    throw .malformed("no storage hasher has number \(tag)")
                }
                return hasher
            }
            kind = .map(hashers: hashers, key: try decoder.typeID(), value: try decoder.typeID())
        case let tag: throw .malformed("no kind of storage has number \(tag)")
        }
        defaultValue = try decoder.byteVector()
        documentation = try decoder.strings()
        if version >= 16 { try decoder.skipDeprecation() }
    }
}

extension Metadata.Extrinsic {
    /// Version 14 names only the whole extrinsic; the parts are its type parameters.
    fileprivate mutating func fillFromExtrinsicType(_ types: TypeRegistry) {
        guard let extrinsicType, let definition = types[extrinsicType] else { return }
        for parameter in definition.parameters {
            switch parameter.name {
            case "Address": addressType = parameter.type
            case "Call": callType = parameter.type
            case "Signature": signatureType = parameter.type
            case "Extra": extraType = parameter.type
            default: continue
            }
        }
    }
}

extension Metadata.TransactionExtension {
    fileprivate static func list(from decoder: inout ScaleDecoder) throws(SubstrateError) -> [Self] {
        try decoder.vector { (decoder) throws(SubstrateError) in
            Self(
                identifier: try decoder.string(), type: try decoder.typeID(), additionalSigned: try decoder.typeID())
        }
    }
}

extension Metadata.RuntimeAPI {
    fileprivate init(from decoder: inout ScaleDecoder, version: Int) throws(SubstrateError) {
        name = try decoder.string()
        methods = try decoder.vector { (decoder) throws(SubstrateError) in
            let method = Method(
                name: try decoder.string(), inputs: try Parameter.list(from: &decoder), output: try decoder.typeID(),
                documentation: try decoder.strings())
            if version >= 16 { try decoder.skipDeprecation() }
            return method
        }
        documentation = try decoder.strings()
        if version >= 16 {
            _ = try decoder.compact()
            try decoder.skipDeprecation()
        }
    }
}

extension Metadata.RuntimeAPI.Parameter {
    fileprivate static func list(from decoder: inout ScaleDecoder) throws(SubstrateError) -> [Self] {
        try decoder.vector { (decoder) throws(SubstrateError) in Self(try decoder.string(), try decoder.typeID()) }
    }
}

extension Metadata.OuterEnums {
    fileprivate init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        callType = try decoder.typeID()
        eventType = try decoder.typeID()
        errorType = try decoder.typeID()
    }
}

extension Metadata.CustomValue {
    fileprivate static func list(from decoder: inout ScaleDecoder) throws(SubstrateError) -> [Self] {
        try decoder.vector { (decoder) throws(SubstrateError) in
            Self(name: try decoder.string(), type: try decoder.typeID(), value: try decoder.byteVector())
        }
    }
}

extension ScaleDecoder {
    /// Version 16 says of items whether they are deprecated; nothing here acts on it.
    fileprivate mutating func skipDeprecation() throws(SubstrateError) {
        switch try byte() {
        case 0, 1: return
        case 2: try skipDeprecationNote()
        case let tag: throw .malformed("no deprecation status has number \(tag)")
        }
    }

    fileprivate mutating func skipVariantDeprecations() throws(SubstrateError) {
        for _ in 0..<(try count(elementBytes: 2)) {
            _ = try byte()
            switch try byte() {
            case 1: continue
            case 2: try skipDeprecationNote()
            case let tag: throw .malformed("no variant deprecation has number \(tag)")
            }
        }
    }

    private mutating func skipDeprecationNote() throws(SubstrateError) {
        _ = try string()
        _ = try option { (decoder) throws(SubstrateError) in try decoder.string() }
    }
}
