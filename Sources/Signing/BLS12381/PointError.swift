/// Why bytes are no point of a group.
enum PointError: Error, Hashable, CustomStringConvertible {
    case wrongLength(Int, expected: Int)
    case notCompressed
    case malformedInfinity
    case notCanonical
    case notOnCurve
    case notInSubgroup
    case infinity

    var description: String {
        switch self {
        case .wrongLength(let count, let expected): "a point of \(expected) bytes has \(count)"
        case .notCompressed: "the point is not in compressed form"
        case .malformedInfinity: "the point at infinity has other bits set"
        case .notCanonical: "a coordinate is not below the field's modulus"
        case .notOnCurve: "no point of the curve has this coordinate"
        case .notInSubgroup: "the point is outside the group of prime order"
        case .infinity: "the point is the point at infinity"
        }
    }
}
