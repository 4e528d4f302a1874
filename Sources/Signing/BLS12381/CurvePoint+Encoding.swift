/// A field that one of the two curves is defined over, and how its elements are written in a point.
protocol CurveCoordinate: FieldElement {
    /// b of y² = x³ + b.
    static var curveConstant: Self { get }
    static var byteCount: Int { get }
    /// The most significant byte and coefficient first; nil for another length or a number that is not below p.
    init?(bigEndian bytes: some Collection<UInt8>)
    var bigEndianBytes: [UInt8] { get }
    /// The greater one of the element and its negation.
    var isLexicographicallyLargest: Bool { get }
    var squareRoot: Self? { get }
}

extension Fp: CurveCoordinate {
    static let curveConstant = Fp(4)
}

extension Fp2: CurveCoordinate {
    static let curveConstant = Fp2(c0: Fp(4), c1: Fp(4))
    static let byteCount = 2 * Fp.byteCount

    init?(bigEndian bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount, let c1 = Fp(bigEndian: bytes.prefix(Fp.byteCount)),
            let c0 = Fp(bigEndian: bytes.dropFirst(Fp.byteCount))
        else { return nil }
        self.init(c0: c0, c1: c1)
    }

    var bigEndianBytes: [UInt8] { c1.bigEndianBytes + c0.bigEndianBytes }

    var isLexicographicallyLargest: Bool {
        c1.isZero ? c0.isLexicographicallyLargest : c1.isLexicographicallyLargest
    }
}

/// The compressed form: x with three flags in its first byte. Bit 7 says compressed, bit 6 infinity, bit 5 that y is the
/// greater one of the two that x has.
///
/// - Source: draft-irtf-cfrg-pairing-friendly-curves, appendix C (ZCash's serialization).
extension CurvePoint {
    private static var compressedFlag: UInt8 { 0x80 }
    private static var infinityFlag: UInt8 { 0x40 }
    private static var signFlag: UInt8 { 0x20 }

    static var compressedCount: Int { Coordinate.byteCount }

    /// A point of the group of prime order that is not infinity: what a key, a signature or a commitment has to be.
    ///
    /// - Throws: ``PointError`` unless the bytes are the only form of such a point.
    init(compressed bytes: [UInt8]) throws(PointError) {
        let candidate = try CurvePoint(uncheckedSubgroup: bytes)
        guard !candidate.isInfinity else { throw .infinity }
        guard candidate.isInSubgroup else { throw .notInSubgroup }
        self = candidate
    }

    /// Any point of the curve, infinity and those outside the group among them.
    init(uncheckedSubgroup bytes: [UInt8]) throws(PointError) {
        guard let first = bytes.first, bytes.count == Self.compressedCount else {
            throw .wrongLength(bytes.count, expected: Self.compressedCount)
        }
        guard first & Self.compressedFlag != 0 else { throw .notCompressed }
        guard first & Self.infinityFlag == 0 else {
            let isBare = first == Self.compressedFlag | Self.infinityFlag && bytes.dropFirst().allSatisfy { $0 == 0 }
            guard isBare else { throw .malformedInfinity }
            self = .infinity
            return
        }
        var number = bytes
        number[0] = first & 0x1f
        guard let x = Coordinate(bigEndian: number) else { throw .notCanonical }
        guard let y = (x.squared * x + Coordinate.curveConstant).squareRoot else { throw .notOnCurve }
        let isLargest = first & Self.signFlag != 0
        self.init(x: x, y: y.isLexicographicallyLargest == isLargest ? y : -y)
    }

    var compressed: [UInt8] {
        guard let (x, y) = affine else {
            return [Self.compressedFlag | Self.infinityFlag] + [UInt8](repeating: 0, count: Self.compressedCount - 1)
        }
        var bytes = x.bigEndianBytes
        bytes[0] |= Self.compressedFlag | (y.isLexicographicallyLargest ? Self.signFlag : 0)
        return bytes
    }
}
