/// Encodes and decodes what one runtime's metadata describes, by name.
///
/// Immutable: a runtime upgrade makes a new one. Decoding is bounded by ``Limits`` whatever the bytes and the
/// metadata say.
public final class RuntimeCodec: Sendable {
    public typealias TypeID = TypeRegistry.ID

    /// Bounds on one value.
    public struct Limits: Sendable {
        /// Types within types.
        public var maximumDepth = 96
        /// Values in all, empty ones included.
        public var maximumValues = 2_000_000
        public init() {}
    }

    public let metadata: Metadata
    public let limits: Limits
    let shapes: [TypeShape]
    /// The fewest bytes a value of each type takes; a lower bound where types contain themselves.
    let minimumSizes: [Int]
    private let palletsByName: [String: Metadata.Pallet]
    private let palletsByIndex: [UInt8: Metadata.Pallet]
    private let storage: [String: [String: Metadata.StorageEntry]]
    private let methods: [String: [String: Metadata.RuntimeAPI.Method]]

    public init(_ metadata: Metadata, limits: Limits = .init()) {
        self.metadata = metadata
        self.limits = limits
        shapes = metadata.types.types.map { metadata.types.shape(of: $0) }
        minimumSizes = MinimumSizes(shapes).sizes
        palletsByName = Dictionary(metadata.pallets.map { ($0.name, $0) }) { first, _ in first }
        palletsByIndex = Dictionary(metadata.pallets.map { ($0.index, $0) }) { first, _ in first }
        storage = palletsByName.mapValues { pallet in
            Dictionary((pallet.storage?.entries ?? []).map { ($0.name, $0) }) { first, _ in first }
        }
        methods = Dictionary(
            metadata.apis.map { api in
                (api.name, Dictionary(api.methods.map { ($0.name, $0) }) { first, _ in first })
            }
        ) { first, _ in first }
    }

    func shape(_ id: TypeID) throws(SubstrateError) -> TypeShape {
        let index = Int(id)
        guard shapes.indices.contains(index) else { throw .malformed("the registry has no type \(id)") }
        return shapes[index]
    }

    /// The path of a type for messages, or its number.
    public func name(of type: TypeID) -> String {
        let path = metadata.types[type]?.path ?? []
        return path.isEmpty ? "type \(type)" : path.joined(separator: "::")
    }

    public func pallet(_ name: String) throws(SubstrateError) -> Metadata.Pallet {
        guard let pallet = palletsByName[name] else { throw .unknown("the runtime has no pallet \(name)") }
        return pallet
    }

    public func pallet(index: UInt8) -> Metadata.Pallet? { palletsByIndex[index] }

    public func storageEntry(_ pallet: String, _ item: String) throws(SubstrateError) -> Metadata.StorageEntry {
        guard let entry = storage[pallet]?[item] else {
            throw .unknown("the runtime has no storage \(pallet).\(item)")
        }
        return entry
    }

    public func method(_ api: String, _ name: String) throws(SubstrateError) -> Metadata.RuntimeAPI.Method {
        guard let method = methods[api]?[name] else { throw .unknown("the runtime has no API \(api).\(name)") }
        return method
    }

    public func hasStorage(_ pallet: String, _ item: String) -> Bool { storage[pallet]?[item] != nil }
    public func hasMethod(_ api: String, _ name: String) -> Bool { methods[api]?[name] != nil }

    /// Whether the method comes from this package's table rather than from the runtime's metadata.
    public func isAssumed(_ api: String, _ name: String) -> Bool { methods[api]?[name]?.isAssumed == true }

    public func hasCall(_ pallet: String, _ call: String) -> Bool {
        guard let type = palletsByName[pallet]?.callType, case .variant(let calls)? = try? shape(type) else {
            return false
        }
        return calls.byName[call] != nil
    }

    /// A constant's value.
    public func constant(_ pallet: String, _ name: String) throws(SubstrateError) -> ScaleValue {
        guard let constant = try self.pallet(pallet).constants.first(where: { $0.name == name }) else {
            throw .unknown("the runtime has no constant \(pallet).\(name)")
        }
        return try decode(constant.value, as: constant.type)
    }
}

/// Computes the fewest bytes each type takes, so that announced lengths can be checked against what is left.
private struct MinimumSizes {
    private(set) var sizes: [Int]
    private let shapes: [TypeShape]
    private var isKnown: [Bool]

    /// Large enough to refuse any length, small enough to add up.
    private static let ceiling = 1 << 30
    /// A lower bound stays one when deeper types count as nothing.
    private static let maximumDepth = 32

    init(_ shapes: [TypeShape]) {
        self.shapes = shapes
        sizes = Array(repeating: 0, count: shapes.count)
        isKnown = Array(repeating: false, count: shapes.count)
        for index in shapes.indices { _ = size(UInt32(truncatingIfNeeded: index), depth: 0) }
    }

    private mutating func size(_ id: TypeRegistry.ID, depth: Int) -> Int {
        let index = Int(id)
        guard shapes.indices.contains(index), depth < Self.maximumDepth else { return 0 }
        if isKnown[index] { return sizes[index] }
        // A type met again inside itself counts as nothing.
        isKnown[index] = true
        let size = min(compute(shapes[index], depth: depth + 1), Self.ceiling)
        sizes[index] = size
        return size
    }

    private mutating func compute(_ shape: TypeShape, depth: Int) -> Int {
        switch shape {
        case .bool, .string, .option, .byteSequence, .sequence, .bits: return 1
        case .character: return 4
        case .unsigned(let width), .signed(let width): return width
        case .wide: return 32
        case .compact(let width): return width == 0 ? 0 : 1
        case .newtype(let inner): return size(inner, depth: depth)
        case .composite(let fields): return sum(fields.map(\.type), depth: depth)
        case .tuple(let elements): return sum(elements, depth: depth)
        case .byteArray(let count): return count
        case .array(let count, let element):
            let (product, overflow) = count.multipliedReportingOverflow(by: size(element, depth: depth))
            return overflow ? Self.ceiling : product
        case .variant(let shape):
            var least = Self.ceiling
            for item in shape.cases { least = min(least, sum(item.fields.map(\.type), depth: depth)) }
            return shape.cases.isEmpty ? 1 : 1 + least
        case .invalid: return 0
        }
    }

    private mutating func sum(_ types: [TypeRegistry.ID], depth: Int) -> Int {
        var total = 0
        for type in types { total = min(total + size(type, depth: depth), Self.ceiling) }
        return total
    }
}
