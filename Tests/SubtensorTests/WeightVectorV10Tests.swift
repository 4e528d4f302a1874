import JSON
import Signing
import Testing

@testable import Subtensor

@Suite("Weights as version 10 makes them") struct WeightVectorV10Tests {
    let vectors: JSONElement
    init() throws { vectors = try Fixture.json("bittensor@10.5.0/weights_v10.json") }

    @Test("scores are processed and emitted as the SDK does")
    func process() throws {
        for row in try vectors.list("process_weights") {
            let uids: [UInt16] = try row.list("uids").compactMap { $0.int.flatMap(UInt16.init(exactly:)) }
            let weights = try row.list("weights_f32").compactMap { $0.double.map { Float($0) } }
            let scores = zip(uids, weights).map { (uid: UID($0), score: $1) }
            let neurons: Int = try row.number("num_neurons")
            let minimum: Int = try row.number("min_allowed_weights")
            let quantile: UInt16 = try row.number("exclude_quantile_u16")
            let limit = try #require(row["max_weight_limit"]?.double)
            let processed = try WeightVector.processed(
                scores, neuronCount: neurons, minimumCount: minimum, maximumShare: limit, excludedQuantile: quantile)
            #expect(processed.map { Int($0.uid.rawValue) } == (try row.list("out_uids").compactMap(\.int)))
            let expected = try row.list("out_weights").compactMap(\.double)
            #expect(zip(processed, expected).allSatisfy { $0.score == $1 }, "\(processed.map(\.score)) \(expected)")
            let vector = try WeightVector(
                v10: scores, neuronCount: neurons, minimumCount: minimum, maximumShare: limit,
                excludedQuantile: quantile)
            #expect(vector.entries.map { Int($0.uid.rawValue) } == (try row.list("emit_uids").compactMap(\.int)))
            #expect(vector.entries.map { Int($0.weight) } == (try row.list("emit_values").compactMap(\.int)))
        }
    }

    @Test("shares are cut as the SDK does, to the last bit")
    func clip() throws {
        for row in try vectors.list("normalize_max_weight") {
            let values = try row.list("x_f32").compactMap { $0.double.map { Float($0) } }
            let limit = try #require(row["limit"]?.double)
            let expected = try row.list("out").compactMap(\.double)
            #expect(FloatClipping.clipped(values, limit: limit).map { Double($0) } == expected)
        }
    }

    @Test("emitted numbers are the SDK's")
    func emit() throws {
        for row in try #require(vectors["convert_for_emit_v10"]).list("rows") {
            let uids: [UInt16] = try row.list("uids").compactMap { $0.int.flatMap(UInt16.init(exactly:)) }
            guard let expected = row["emit_uids"] else {
                // Negative weights, and uids that cannot be written here at all.
                let weights = try row.list("weights").compactMap(\.double)
                if uids.count == weights.count {
                    #expect(throws: SubtensorError.self) {
                        try WeightVector.normalized(zip(uids, weights).map { (UID($0), $1) })
                    }
                }
                continue
            }
            let weights = try row.list("weights_as_f32").compactMap(\.double)
            let entries = try WeightVector.normalized(zip(uids, weights).map { (UID($0), $1) })
            #expect(entries.map { Int($0.uid.rawValue) } == expected.elements.compactMap(\.int))
            #expect(entries.map { Int($0.weight) } == (try row.list("emit_values").compactMap(\.int)))
        }
    }

    @Test("commit hashes are the SDK's")
    func commitHash() throws {
        for row in try vectors.list("commit_hash") {
            let uids: [UInt16] = try row.list("uids").compactMap { $0.int.flatMap(UInt16.init(exactly:)) }
            let values: [UInt16] = try row.list("values").compactMap { $0.int.flatMap(UInt16.init(exactly:)) }
            let salt: [UInt16] = try row.list("salt").compactMap { $0.int.flatMap(UInt16.init(exactly:)) }
            let vector = WeightVector(entries: zip(uids, values).map { .init(uid: UID($0), weight: $1) })
            let commitment = WeightCommitment(vector, versionKey: try row.number("version_key"), salt: salt)
            let hotkey = Hotkey(try AccountID(ss58: row.text("hotkey")))
            let hash = commitment.hash(by: hotkey, storageIndex: try row.number("netuid_index"))
            #expect("0x" + Hex.encode(hash) == (try row.text("commit_hash")))
        }
    }

    @Test("scores that are no numbers, or more than neurons, are refused")
    func refuses() {
        for scores in [[(UID(0), Float.nan)], [(UID(0), 1), (UID(1), 1)]] as [[(uid: UID, score: Float)]] {
            let error = #expect(throws: SubtensorError.self) {
                try WeightVector(v10: scores, neuronCount: 1, minimumCount: 0)
            }
            #expect(error?.code == .invalidWeights)
        }
    }
}
