import Foundation
import Substrate
import Testing

@testable import Devnet

/// What the local chain says about itself, compared with what a node of spec 461 said.
@Suite("The runtime next to Subtensor's") struct SubtensorConformanceTests {
    let own = RuntimeDefinition(slotDuration: 1_000).codec.metadata
    let real: Metadata

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/subtensor@461/metadata_v15.scale")
        real = try Metadata(decoding: [UInt8](try Data(contentsOf: file)))
    }

    /// Every declared pallet beside the real one.
    private var pallets: [(own: Metadata.Pallet, real: Metadata.Pallet)] {
        get throws {
            try own.pallets.map { pallet in
                (pallet, try #require(real.pallets.first { $0.name == pallet.name }, "\(pallet.name)"))
            }
        }
    }

    @Test("gives pallets their numbers") func palletNumbers() throws {
        for (own, real) in try pallets { #expect(own.index == real.index, "\(own.name)") }
    }

    @Test("stores items under the same keys, with the same types and defaults") func storage() throws {
        for (pallet, realPallet) in try pallets {
            for entry in pallet.storage?.entries ?? [] where entry.name != "SubnetEpochConsensus" {
                let name = "\(pallet.name).\(entry.name)"
                let realEntry = try #require(realPallet.storage?.entries.first { $0.name == entry.name }, "\(name)")
                #expect(entry.modifier == realEntry.modifier, "\(name)")
                #expect(hashers(entry) == hashers(realEntry), "\(name)")
                // Events are fewer here.
                guard entry.name != "Events" else { continue }
                #expect(shape(entry, in: own) == shape(realEntry, in: real), "\(name)")
                #expect(entry.defaultValue == realEntry.defaultValue, "\(name)")
            }
        }
    }

    @Test("numbers and shapes calls, events and errors alike") func variants() throws {
        for (pallet, realPallet) in try pallets {
            for type in [\Metadata.Pallet.callType, \.eventType, \.errorType] {
                let known = variants(of: realPallet[keyPath: type], in: real)
                for variant in variants(of: pallet[keyPath: type], in: own) {
                    #expect(known.contains(variant), "\(pallet.name): \(variant)")
                }
            }
        }
    }

    @Test("knows every error, so that positions are numbers") func errors() throws {
        let pallets = try #require(try pallets.first { $0.own.name == "SubtensorModule" })
        #expect(variants(of: pallets.own.errorType, in: own) == variants(of: pallets.real.errorType, in: real))
    }

    @Test("answers runtime APIs in the same shapes") func runtimeAPIs() throws {
        for api in own.apis {
            let realAPI = try #require(real.apis.first { $0.name == api.name }, "\(api.name)")
            for method in api.methods {
                let name = "\(api.name).\(method.name)"
                let realMethod = try #require(realAPI.methods.first { $0.name == method.name }, "\(name)")
                #expect(method.inputs.map(\.name) == realMethod.inputs.map(\.name), "\(name)")
                #expect(
                    method.inputs.map { shape($0.type, in: own) } == realMethod.inputs.map { shape($0.type, in: real) },
                    "\(name)")
                #expect(shape(method.output, in: own) == shape(realMethod.output, in: real), "\(name)")
            }
        }
    }

    @Test("signs over the same extensions") func extensions() {
        func described(_ metadata: Metadata) -> [String] {
            metadata.extrinsic.extensions.map {
                "\($0.identifier) \(shape($0.type, in: metadata)) \(shape($0.additionalSigned, in: metadata))"
            }
        }
        #expect(described(own) == described(real))
        #expect(own.extrinsic.versions == real.extrinsic.versions)
    }

    // MARK: Shapes

    private func hashers(_ entry: Metadata.StorageEntry) -> [Metadata.StorageHasher] {
        if case .map(let hashers, _, _) = entry.kind { hashers } else { [] }
    }

    private func shape(_ entry: Metadata.StorageEntry, in metadata: Metadata) -> String {
        switch entry.kind {
        case .plain(let value): shape(value, in: metadata)
        case .map(_, let key, let value): "\(shape(key, in: metadata)) -> \(shape(value, in: metadata))"
        }
    }

    private func variants(of type: TypeRegistry.ID?, in metadata: Metadata) -> [String] {
        guard let type, case .variant(let variants) = metadata.types[type]?.definition else { return [] }
        return variants.map { variant in
            let fields = variant.fields.map { "\($0.name ?? "_"): \(shape($0.type, in: metadata))" }
            return "\(variant.index) \(variant.name)(\(fields.joined(separator: ", ")))"
        }
    }

    /// A type written out to its primitives, with the names that clients see.
    private func shape(_ type: TypeRegistry.ID, in metadata: Metadata) -> String {
        guard let definition = metadata.types[type] else { return "?" }
        let name = definition.path.last.map { $0 + " " } ?? ""
        func parts(_ fields: [TypeDefinition.Field]) -> String {
            fields.map { "\($0.name ?? "_"): \(shape($0.type, in: metadata))" }.joined(separator: ", ")
        }
        switch definition.definition {
        // An extrinsic is opaque bytes, and its wrappers differ.
        case .composite where name == "UncheckedExtrinsic ": return name
        case .composite(let fields): return name + "{\(parts(fields))}"
        case .variant(let variants):
            return name + "[" + variants.map { "\($0.index) \($0.name)(\(parts($0.fields)))" }.joined(separator: "|")
                + "]"
        case .sequence(let element): return "Vec<\(shape(element, in: metadata))>"
        case .array(let count, let element): return "[\(shape(element, in: metadata)); \(count)]"
        case .tuple(let elements): return "(" + elements.map { shape($0, in: metadata) }.joined(separator: ", ") + ")"
        case .primitive(let primitive): return "\(primitive)"
        case .compact(let inner): return "Compact<\(shape(inner, in: metadata))>"
        case .bitSequence: return "bits"
        }
    }
}
