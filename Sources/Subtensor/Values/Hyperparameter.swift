internal import Substrate

/// One rule of a subnet by the chain's name for it.
public struct Hyperparameter: Hashable, Sendable {
    public enum Value: Hashable, Sendable {
        case bool(Bool)
        case integer(UInt128)
        /// An amount of TAO, in rao.
        case rao(UInt128)
        /// A fixed-point number.
        case decimal(Double)

        public var text: String {
            switch self {
            case .bool(let value): String(value)
            case .integer(let value), .rao(let value): String(value)
            case .decimal(let value): String(value)
            }
        }
    }

    /// Such as `min_allowed_weights`.
    public let name: String
    public let value: Value

    /// From an entry of `get_subnet_hyperparams_v3`; nil for a kind of value not known here.
    init?(entry: ScaleValue) {
        guard let name = entry["name"]?.text, case .variant(let kind, let fields)? = entry["value"],
            let value = fields.first?.value
        else { return nil }
        self.name = name
        switch kind {
        case "I32F32":
            guard let number = value.fixedPoint(fractionBits: 32) else { return nil }
            self.value = .decimal(number)
        case "U64F64":
            guard let number = value.fixedPoint(fractionBits: 64) else { return nil }
            self.value = .decimal(number)
        case "TaoBalance":
            guard let amount = value.integer(UInt128.self) else { return nil }
            self.value = .rao(amount)
        default:
            guard let plain = Value(plain: value) else { return nil }
            self.value = plain
        }
    }

    /// From a field of `SubnetHyperparams` or its second version.
    init?(field: ScaleValue.Field) {
        guard let name = field.name else { return nil }
        self.name = name
        if let plain = Value(plain: field.value) {
            value = plain
        } else if let number = field.value.fixedPoint(fractionBits: 32) {
            value = .decimal(number)
        } else {
            return nil
        }
    }
}

extension Hyperparameter.Value {
    fileprivate init?(plain value: ScaleValue) {
        if let bool = value.bool {
            self = .bool(bool)
        } else if let integer = value.integer(UInt128.self) {
            self = .integer(integer)
        } else {
            return nil
        }
    }
}
