/// The runtime's types by number, as the metadata lists them.
public struct TypeRegistry: Hashable, Sendable {
    /// A type's number in its registry.
    public typealias ID = UInt32

    /// The types; a type's index is its number.
    public var types: [TypeDefinition]

    public init(_ types: [TypeDefinition] = []) { self.types = types }

    public subscript(_ id: ID) -> TypeDefinition? {
        let index = Int(id)
        return types.indices.contains(index) ? types[index] : nil
    }

    /// Appends a type and returns its number; for building a runtime's registry.
    public mutating func add(_ type: TypeDefinition) -> ID {
        types.append(type)
        return ID(truncatingIfNeeded: types.count - 1)
    }
}

/// One type of a runtime.
///
/// - Source: `scale-info`, `PortableType`.
public struct TypeDefinition: Hashable, Sendable {
    /// Module path and name, such as `["sp_core", "crypto", "AccountId32"]`; empty for anonymous types.
    public var path: [String]
    public var parameters: [TypeParameter]
    public var definition: Definition
    public var documentation: [String]

    public init(
        path: [String] = [], parameters: [TypeParameter] = [], _ definition: Definition, documentation: [String] = []
    ) {
        self.path = path
        self.parameters = parameters
        self.definition = definition
        self.documentation = documentation
    }

    public enum Definition: Hashable, Sendable {
        case composite([Field])
        case variant([Variant])
        case sequence(TypeRegistry.ID)
        case array(count: UInt32, TypeRegistry.ID)
        case tuple([TypeRegistry.ID])
        case primitive(Primitive)
        case compact(TypeRegistry.ID)
        case bitSequence(store: TypeRegistry.ID, order: TypeRegistry.ID)
    }

    /// In the order of their numbers in the encoding.
    public enum Primitive: UInt8, CaseIterable, Hashable, Sendable {
        case bool, char, str, u8, u16, u32, u64, u128, u256, i8, i16, i32, i64, i128, i256
    }

    public struct TypeParameter: Hashable, Sendable {
        public var name: String
        public var type: TypeRegistry.ID?
        public init(name: String, type: TypeRegistry.ID?) {
            self.name = name
            self.type = type
        }
    }

    public struct Field: Hashable, Sendable {
        public var name: String?
        public var type: TypeRegistry.ID
        /// The type as the source code wrote it, such as `BalanceOf<T>`.
        public var typeName: String?
        public var documentation: [String]

        public init(_ name: String?, _ type: TypeRegistry.ID, typeName: String? = nil, documentation: [String] = []) {
            self.name = name
            self.type = type
            self.typeName = typeName
            self.documentation = documentation
        }
    }

    public struct Variant: Hashable, Sendable {
        public var name: String
        public var fields: [Field]
        public var index: UInt8
        public var documentation: [String]

        public init(_ name: String, index: UInt8, _ fields: [Field] = [], documentation: [String] = []) {
            self.name = name
            self.fields = fields
            self.index = index
            self.documentation = documentation
        }
    }
}
