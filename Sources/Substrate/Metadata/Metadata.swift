/// What a runtime says about itself: its types, pallets, extrinsic format and runtime APIs.
///
/// One model for metadata versions 14, 15 and 16; what a version lacks is empty. Read one with
/// ``init(decoding:)``; a runtime of ours builds one and serves ``encodedV15()``.
public struct Metadata: Hashable, Sendable {
    public typealias TypeID = TypeRegistry.ID

    public var types: TypeRegistry
    public var pallets: [Pallet]
    public var extrinsic: Extrinsic
    /// The type of the runtime itself (version 14 and 15).
    public var runtimeType: TypeID
    /// Empty in version 14.
    public var apis: [RuntimeAPI]
    /// Nil in version 14.
    public var outerEnums: OuterEnums?
    public var custom: [CustomValue]

    public init(
        types: TypeRegistry, pallets: [Pallet], extrinsic: Extrinsic, runtimeType: TypeID, apis: [RuntimeAPI],
        outerEnums: OuterEnums?, custom: [CustomValue] = []
    ) {
        self.types = types
        self.pallets = pallets
        self.extrinsic = extrinsic
        self.runtimeType = runtimeType
        self.apis = apis
        self.outerEnums = outerEnums
        self.custom = custom
    }

    public struct Pallet: Hashable, Sendable {
        public var name: String
        /// Nil for a pallet without storage.
        public var storage: Storage?
        public var callType: TypeID?
        public var eventType: TypeID?
        public var constants: [Constant]
        public var errorType: TypeID?
        public var index: UInt8
        public var documentation: [String]

        public init(
            name: String, index: UInt8, storage: Storage? = nil, callType: TypeID? = nil, eventType: TypeID? = nil,
            constants: [Constant] = [], errorType: TypeID? = nil, documentation: [String] = []
        ) {
            self.name = name
            self.index = index
            self.storage = storage
            self.callType = callType
            self.eventType = eventType
            self.constants = constants
            self.errorType = errorType
            self.documentation = documentation
        }
    }

    public struct Storage: Hashable, Sendable {
        /// What the first half of a storage key is hashed from; mostly the pallet's name.
        public var prefix: String
        public var entries: [StorageEntry]
        public init(prefix: String, entries: [StorageEntry]) {
            self.prefix = prefix
            self.entries = entries
        }
    }

    public struct StorageEntry: Hashable, Sendable {
        public enum Modifier: UInt8, Hashable, Sendable {
            /// Absent means no value.
            case optional = 0
            /// Absent means the entry's default.
            case `default` = 1
        }
        public enum Kind: Hashable, Sendable {
            case plain(TypeID)
            /// With several hashers `key` is a tuple of as many types.
            case map(hashers: [StorageHasher], key: TypeID, value: TypeID)
        }
        public var name: String
        public var modifier: Modifier
        public var kind: Kind
        /// The default value's SCALE bytes.
        public var defaultValue: [UInt8]
        public var documentation: [String]

        public init(
            name: String, modifier: Modifier, kind: Kind, defaultValue: [UInt8], documentation: [String] = []
        ) {
            self.name = name
            self.modifier = modifier
            self.kind = kind
            self.defaultValue = defaultValue
            self.documentation = documentation
        }

        public var valueType: TypeID {
            switch kind {
            case .plain(let type): type
            case .map(_, _, let value): value
            }
        }
    }

    public enum StorageHasher: UInt8, Hashable, Sendable {
        case blake2b128 = 0
        case blake2b256, blake2b128Concat, twox128, twox256, twox64Concat, identity
    }

    public struct Constant: Hashable, Sendable {
        public var name: String
        public var type: TypeID
        /// SCALE bytes.
        public var value: [UInt8]
        public var documentation: [String]
        public init(name: String, type: TypeID, value: [UInt8], documentation: [String] = []) {
            self.name = name
            self.type = type
            self.value = value
            self.documentation = documentation
        }
    }

    public struct Extrinsic: Hashable, Sendable {
        /// Formats the runtime takes; one before version 16.
        public var versions: [UInt8]
        /// Nil in version 14, which gives only ``extrinsicType``.
        public var addressType: TypeID?
        public var callType: TypeID?
        public var signatureType: TypeID?
        public var extraType: TypeID?
        /// The whole extrinsic (version 14 only).
        public var extrinsicType: TypeID?
        /// In the order their bytes stand in an extrinsic.
        public var extensions: [TransactionExtension]

        public init(
            versions: [UInt8], addressType: TypeID?, callType: TypeID?, signatureType: TypeID?, extraType: TypeID?,
            extrinsicType: TypeID? = nil, extensions: [TransactionExtension]
        ) {
            self.versions = versions
            self.addressType = addressType
            self.callType = callType
            self.signatureType = signatureType
            self.extraType = extraType
            self.extrinsicType = extrinsicType
            self.extensions = extensions
        }
    }

    public struct TransactionExtension: Hashable, Sendable {
        public var identifier: String
        /// What the extrinsic carries.
        public var type: TypeID
        /// What is signed besides.
        public var additionalSigned: TypeID
        public init(identifier: String, type: TypeID, additionalSigned: TypeID) {
            self.identifier = identifier
            self.type = type
            self.additionalSigned = additionalSigned
        }
    }

    public struct RuntimeAPI: Hashable, Sendable {
        public var name: String
        public var methods: [Method]
        public var documentation: [String]
        public init(name: String, methods: [Method], documentation: [String] = []) {
            self.name = name
            self.methods = methods
            self.documentation = documentation
        }

        public struct Method: Hashable, Sendable {
            public var name: String
            public var inputs: [Parameter]
            public var output: TypeID
            public var documentation: [String]
            /// Described by ``Metadata/assume(_:)``, not by the runtime: it may lack the method, or answer with
            /// more fields at the end.
            public var isAssumed = false
            public init(name: String, inputs: [Parameter], output: TypeID, documentation: [String] = []) {
                self.name = name
                self.inputs = inputs
                self.output = output
                self.documentation = documentation
            }
        }

        public struct Parameter: Hashable, Sendable {
            public var name: String
            public var type: TypeID
            public init(_ name: String, _ type: TypeID) {
                self.name = name
                self.type = type
            }
        }
    }

    public struct OuterEnums: Hashable, Sendable {
        public var callType: TypeID
        public var eventType: TypeID
        public var errorType: TypeID
        public init(callType: TypeID, eventType: TypeID, errorType: TypeID) {
            self.callType = callType
            self.eventType = eventType
            self.errorType = errorType
        }
    }

    public struct CustomValue: Hashable, Sendable {
        public var name: String
        public var type: TypeID
        public var value: [UInt8]
        public init(name: String, type: TypeID, value: [UInt8]) {
            self.name = name
            self.type = type
            self.value = value
        }
    }
}
