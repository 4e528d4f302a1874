import Foundation
import JSON
import NIOCore
import Testing

@testable import Substrate

/// Bytes that were right once and are not any more must end in a value or an error.
///
/// `THALAMUS_MUTATIONS=8` makes eight times as many, over a million: see `Tests/Benchmarks/README.md`.
@Suite("Mutated input", .timeLimit(.minutes(30))) struct MutationTests {
    static let factor = ProcessInfo.processInfo.environment["THALAMUS_MUTATIONS"].flatMap { Int($0) } ?? 1

    let codec: RuntimeCodec
    init() throws { codec = try #require(Fixture.codec) }

    @Test("values of the runtime's types never trap")
    func values() throws {
        var random = SplitMix64(state: 1)
        let types = codec.metadata.types.types.indices.map { UInt32($0) }
        var decoded = 0
        for _ in 0..<60_000 * Self.factor {
            let type = types.randomElement(using: &random) ?? 0
            var bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            // Small lengths let decoding get further in than random ones.
            if Bool.random(using: &random), !bytes.isEmpty { bytes[0] &= 0x1f }
            if let value = try? codec.decode(bytes, as: type) {
                decoded += 1
                #expect((try? codec.encode(value, as: type)) == bytes || value == .unit)
            }
        }
        #expect(decoded > 100)
    }

    @Test("extrinsics, calls and events never trap")
    func extrinsics() throws {
        let vectors = try Fixture.json("bittensor-core@0.1.5/extrinsics_spec461.json")
        let golden = try Fixture.json("subtensor@461/golden_spec461.json")
        let extrinsics = try vectors.list("signed").map { try $0.hex("extrinsic") }
        let events = try #require(golden["events"]).hex("raw_hex")
        var random = SplitMix64(state: 2)
        for round in 0..<40_000 * Self.factor {
            if round.isMultiple(of: 4) {
                _ = try? codec.decodeEvents(mutated(events, &random))
            } else {
                _ = try? codec.decodeExtrinsic(mutated(extrinsics.randomElement(using: &random) ?? [], &random))
            }
        }
    }

    @Test("small metadata never traps, and neither do codecs of what still reads")
    func metadata() throws {
        let original = Self.smallMetadata.encodedV15()
        #expect(try Metadata(decoding: original) == Self.smallMetadata)
        var random = SplitMix64(state: 3)
        var readable = 0
        for _ in 0..<30_000 * Self.factor {
            guard let metadata = try? Metadata(decoding: mutated(original, &random)) else { continue }
            readable += 1
            var limits = RuntimeCodec.Limits()
            limits.maximumValues = 10_000
            let codec = RuntimeCodec(metadata, limits: limits)
            for type in codec.metadata.types.types.indices {
                _ = try? codec.decode([4, 1, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8], as: UInt32(type))
            }
            _ = try? codec.extra(ExtrinsicParameters(nonce: 1))
            _ = try? codec.decodeStorage("Pallet", "Map", nil)
            _ = try? codec.storageKey("Pallet", "Map", [1])
        }
        #expect(readable > 1_000)
    }

    @Test("JSON-RPC messages never trap, and neither does what reads their results")
    func messages() {
        let zeros = "0x" + String(repeating: "00", count: 32)
        let originals = [
            #"{"jsonrpc":"2.0","id":1,"result":\#(ScriptedNode.header(7))}"#,
            #"{"jsonrpc":"2.0","id":1,"result":[{"block":"\#(zeros)","changes":[["0x01","0x02"],["0x03",null]]}]}"#,
            #"{"jsonrpc":"2.0","id":2,"error":{"code":1010,"message":"Invalid","data":"Custom error: 6"}}"#,
            #"{"jsonrpc":"2.0","method":"m","params":{"subscription":"s","result":{"finalized":"\#(zeros)"}}}"#,
            #"[{"jsonrpc":"2.0","id":3,"result":"0x0102"},{"jsonrpc":"2.0","id":4,"result":{"specVersion":1}}]"#,
        ].map { Array($0.utf8) }
        var random = SplitMix64(state: 4)
        var readable = 0
        for _ in 0..<60_000 * Self.factor {
            let bytes = mutated(originals.randomElement(using: &random) ?? [], &random)
            guard let messages = try? RPCMessage.all(in: ByteBuffer(bytes: bytes)) else { continue }
            readable += 1
            for case .answer(_, .success(let result)) in messages {
                _ = try? BlockHeader(result)
                _ = try? result.scaleBytes("call")
                _ = try? ChainClient.changes(result, "call")
            }
        }
        #expect(readable > 1_000)
    }

    @Test("real metadata never traps")
    func realMetadata() throws {
        let original = try Fixture.bytes(Fixture.metadataPath)
        var random = SplitMix64(state: 5)
        for _ in 0..<30 * Self.factor {
            guard let metadata = try? Metadata(decoding: mutated(original, &random)) else { continue }
            let codec = RuntimeCodec(metadata)
            _ = try? codec.extra(ExtrinsicParameters(nonce: 1))
            _ = try? codec.encode(SubmissionTests.call)
        }
    }

    @Test("types without end are refused, by depth or by count")
    func endlessTypes() throws {
        var metadata = Self.smallMetadata
        let next = UInt32(metadata.types.types.count)
        // Itself; itself twice; four thousand million nothings; a sequence of itself.
        metadata.types.types += [
            TypeDefinition(.composite([.init(nil, next)])),
            TypeDefinition(.tuple([next + 1, next + 1])),
            TypeDefinition(.array(count: .max, next + 4)),
            TypeDefinition(.sequence(next + 3)),
            TypeDefinition(.tuple([])),
            TypeDefinition(.sequence(next + 4)),
        ]
        let codec = RuntimeCodec(metadata)
        for (type, bytes) in [
            (next, [1]), (next + 1, [1]), (next + 2, []), (next + 3, Array(repeating: 4, count: 1_000)),
            (next + 5, [0xfe, 0xff, 0xff, 0xff]),
        ] as [(UInt32, [UInt8])] {
            let error = #expect(throws: SubstrateError.self) { try codec.decode(bytes, as: type) }
            #expect(error?.code == .limitExceeded || error?.code == .malformed)
        }
    }

    private func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0...5, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: bytes.remove(at: index)
            case 3: bytes.insert([0, 1, 3, 0xfe, 0xff].randomElement(using: &random) ?? 0, at: index)
            case 4: bytes.removeLast(Int.random(in: 1...min(8, bytes.count), using: &random))
            default: bytes[index] = 0xff
            }
        }
        return bytes
    }

    private static let smallMetadata: Metadata = {
        var types = TypeRegistry()
        let u8 = types.add(TypeDefinition(.primitive(.u8)))
        let u32 = types.add(TypeDefinition(.primitive(.u32)))
        let bytes = types.add(TypeDefinition(.sequence(u8)))
        let compact = types.add(TypeDefinition(.compact(u32)))
        let record = types.add(
            TypeDefinition(path: ["a", "Record"], .composite([.init("x", compact), .init("y", bytes)])))
        let choice = types.add(
            TypeDefinition(
                path: ["a", "Choice"],
                .variant([
                    .init("A", index: 0, [.init(nil, record)]), .init("B", index: 3, documentation: ["what B is"]),
                ])))
        let bits = types.add(TypeDefinition(.bitSequence(store: u8, order: record)))
        let pair = types.add(TypeDefinition(.tuple([u32, choice, bits])))
        let array = types.add(TypeDefinition(.array(count: 3, pair)))
        let pallet = Metadata.Pallet(
            name: "Pallet", index: 1,
            storage: .init(
                prefix: "Pallet",
                entries: [
                    .init(
                        name: "Map", modifier: .default, kind: .map(hashers: [.twox64Concat], key: u32, value: array),
                        defaultValue: [0, 0, 0, 0], documentation: ["a map"])
                ]),
            callType: choice, constants: [.init(name: "C", type: u32, value: [1, 0, 0, 0])], errorType: choice)
        return Metadata(
            types: types, pallets: [pallet],
            extrinsic: .init(
                versions: [4], addressType: u8, callType: choice, signatureType: bytes, extraType: u8,
                extensions: [.init(identifier: "CheckNonce", type: compact, additionalSigned: u8)]),
            runtimeType: u8,
            apis: [.init(name: "Api", methods: [.init(name: "get", inputs: [.init("id", u32)], output: record)])],
            outerEnums: .init(callType: choice, eventType: choice, errorType: choice))
    }()
}
