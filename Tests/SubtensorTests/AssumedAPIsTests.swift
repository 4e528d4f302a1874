import JSON
import Signing
import Substrate
import Testing

@testable import Subtensor

@Suite("Assumed runtime APIs") struct AssumedAPIsTests {
    @Test("metadata of version 14 decodes what version 15 describes, to the same values")
    func recorded() throws {
        var metadata = try Metadata(decoding: Fixture.bytes("finney@343/metadata_v14.scale"))
        #expect(metadata.apis.isEmpty)
        metadata.assume(.subtensor)
        let older = RuntimeCodec(metadata)
        let newer = RuntimeCodec(try Metadata(decoding: Fixture.bytes("finney@343/metadata_v15.scale")))
        let rows = try Fixture.json("finney@343/runtime_api_results.json").list("rows")
        let row = try #require(rows.first { $0["call"]?.string == "NeuronInfoRuntimeApi_get_neurons_lite" })
        let (api, method) = ("NeuronInfoRuntimeApi", "get_neurons_lite")
        let bytes = try Hex.decode(row.text("raw"))
        #expect(older.isAssumed(api, method))
        #expect(!newer.isAssumed(api, method))
        #expect(try older.decodeResult(api, method, bytes) == newer.decodeResult(api, method, bytes))
        #expect(try older.encodeArguments(api, method, [1]) == newer.encodeArguments(api, method, [1]))
        let stored = try Metadata(decoding: Fixture.bytes("finney@343/metadata_v14.scale"))
        #expect(Array(metadata.types.types.prefix(stored.types.types.count)) == stored.types.types)
    }

    @Test(
        "every struct has the fields that runtimes which describe themselves have first",
        arguments: [
            "finney@343/metadata_v15.scale", "finney@393/metadata_v15.scale", "subtensor@461/metadata_v15.scale",
        ])
    func layouts(path: String) throws {
        let newer = try Metadata(decoding: Fixture.bytes(path))
        var older = try Metadata(decoding: Fixture.bytes("finney@343/metadata_v14.scale"))
        older.assume(.subtensor)
        for api in older.apis {
            for method in api.methods {
                let described = newer.apis.first { $0.name == api.name }?.methods.first { $0.name == method.name }
                let output = try #require(described?.output, "\(api.name).\(method.name)")
                let (ours, theirs) = (Self.layout(method.output, older), Self.layout(output, newer))
                #expect(theirs.starts(with: ours.dropLast(8)), "\(api.name).\(method.name)")
            }
        }
    }

    /// The names and kinds of a type's parts in wire order; compact integers alike whatever their width.
    private static func layout(_ type: UInt32, _ metadata: Metadata, depth: Int = 0) -> String {
        guard depth < 12, let definition = metadata.types[type] else { return "?" }
        func inner(_ id: UInt32) -> String { layout(id, metadata, depth: depth + 1) }
        switch definition.definition {
        case .composite(let fields):
            if fields.count == 1, fields[0].name != "bits" { return inner(fields[0].type) }
            return fields.map { "\($0.name ?? ""):\(inner($0.type))" }.joined(separator: " ") + ";"
        case .variant(let variants):
            return variants.map { v in v.fields.map { inner($0.type) }.joined() }.joined(separator: "|")
        case .sequence(let element): return "[\(inner(element))]"
        case .array(let count, let element): return "[\(count)*\(inner(element))]"
        case .tuple(let types): return types.map(inner).joined(separator: ",")
        case .primitive(let primitive): return "\(primitive)"
        case .compact: return "C"
        case .bitSequence: return "bits"
        }
    }

    @Test("fields that a newer runtime appends are left over, but only for what the table describes")
    func appended() throws {
        var metadata = try Metadata(decoding: Fixture.bytes("finney@343/metadata_v14.scale"))
        metadata.assume(.subtensor)
        let codec = RuntimeCodec(metadata)
        #expect(try codec.decodeResult("SwapRuntimeApi", "current_alpha_price", [5, 0, 0, 0, 0, 0, 0, 0, 9]) == 5)
        let newer = try #require(Fixture.codec)
        #expect(throws: SubstrateError.self) {
            try newer.decodeResult("SwapRuntimeApi", "current_alpha_price", [5, 0, 0, 0, 0, 0, 0, 0, 9])
        }
    }
}
