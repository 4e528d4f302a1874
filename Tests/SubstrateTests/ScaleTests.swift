import JSON
import Substrate
import Testing

@Suite("SCALE") struct ScaleTests {
    let vectors: JSONElement
    init() throws { vectors = try Fixture.json("bittensor-core@0.1.5/scale_hash.json") }

    @Test("compact integers are the reference's, both ways")
    func compact() throws {
        for row in try vectors.list("compact") {
            let value = try #require(UInt128(try row.text("value")))
            let bytes = try row.hex("encoded")
            var encoder = ScaleEncoder()
            encoder.compact(value)
            #expect(encoder.bytes == bytes)
            var decoder = ScaleDecoder(bytes)
            #expect(try decoder.compact() == value)
            #expect(decoder.remaining == 0)
        }
    }

    @Test("compact integers that are cut off or not in their shortest form are refused")
    func invalidCompact() throws {
        for row in try vectors.list("compact_invalid") {
            let bytes = try row.hex("encoded")
            #expect(throws: SubstrateError.self, "\(bytes)") {
                var decoder = ScaleDecoder(bytes)
                return try decoder.compact()
            }
        }
    }

    @Test("composites are the reference's, both ways")
    func composite() throws {
        var registry = TypeRegistry()
        func primitive(_ kind: TypeDefinition.Primitive) -> UInt32 { registry.add(TypeDefinition(.primitive(kind))) }
        func option(_ inner: UInt32) -> UInt32 {
            registry.add(
                TypeDefinition(
                    path: ["Option"],
                    .variant([
                        .init("None", index: 0), .init("Some", index: 1, [.init(nil, inner)]),
                    ])))
        }
        let u8 = primitive(.u8)
        let u16 = primitive(.u16)
        let u64 = primitive(.u64)
        let bool = primitive(.bool)
        let compact16 = registry.add(TypeDefinition(.compact(u16)))
        let types = [
            "Option<u8>": option(u8), "Option<bool>": option(bool),
            "Option<Compact<u64>>": option(registry.add(TypeDefinition(.compact(u64)))),
            "Vec<u16>": registry.add(TypeDefinition(.sequence(u16))),
            "Vec<Compact<u16>>": registry.add(TypeDefinition(.sequence(compact16))),
            "Vec<bool>": registry.add(TypeDefinition(.sequence(bool))), "str": primitive(.str),
            "(u16,u64)": registry.add(TypeDefinition(.tuple([u16, u64]))), "u128": primitive(.u128),
            "i32": primitive(.i32), "[u8;4]": registry.add(TypeDefinition(.array(count: 4, u8))),
        ]
        let codec = RuntimeCodec(
            Metadata(
                types: registry, pallets: [],
                extrinsic: .init(
                    versions: [4], addressType: nil, callType: nil, signatureType: nil, extraType: nil, extensions: []),
                runtimeType: 0, apis: [], outerEnums: nil))
        for row in try vectors.list("composite") {
            let type = try #require(types[try row.text("type")])
            let bytes = try row.hex("encoded")
            let value = try codec.decode(bytes, as: type)
            #expect(try codec.encode(value, as: type) == bytes)
            #expect(try ReferenceValue.matches(value, #require(row["value"])) || row.text("type") == "[u8;4]")
        }
    }

    @Test("fixed-point numbers are read as the reference reads them")
    func fixedPoint() throws {
        let fractions = ["I32F32": 32, "U64F64": 64, "I96F32": 32, "I64F64": 64, "U0F16(perU16)": 16]
        for row in try vectors.list("fixed") {
            let bits = try row.text("bits")
            let fraction = try #require(fractions[try row.text("type")])
            let integer = UInt128(bits).map { ScaleValue.uint($0) } ?? Int128(bits).map { .int($0) }
            let value = ScaleValue.record(["bits": try #require(integer)])
            let expected = try #require(row["float"]?.double)
            #expect(try #require(value.fixedPoint(fractionBits: fraction)) == expected)
        }
    }
}
