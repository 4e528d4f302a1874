import JSON
import Testing

@testable import Subtensor

@Suite("Weight vector") struct WeightVectorTests {
    let vectors: JSONElement
    init() throws { vectors = try Fixture.json("bittensor@11.3.0/weights_v11.json") }

    @Test("normalises as the SDK does, and refuses what it refuses")
    func normalize() throws {
        for row in try vectors.list("normalize") {
            let uids = try row.list("uids").compactMap { $0.int }
            let weights = try row.list("weights").compactMap(\.double)
            guard uids.count == weights.count, uids.allSatisfy({ $0 < 65_536 }) else { continue }
            let scores = zip(uids, weights).map { (UID(UInt16($0)), $1) }
            let out = try #require(row["out"])
            if out["error"] != nil {
                #expect(throws: SubtensorError.self) { try WeightVector.normalized(scores) }
            } else {
                #expect(try flat(WeightVector.normalized(scores)) == expected(out))
            }
        }
    }

    @Test("cuts large shares as the SDK does")
    func clip() throws {
        for row in try vectors.list("clip") {
            let limit = try #require(row["limit"]?.double)
            let clipped = WeightVector.clipped(try row.list("weights").compactMap(\.double), limit: limit)
            let expected = try row.list("out").compactMap(\.double)
            #expect(clipped.count == expected.count)
            #expect(zip(clipped, expected).allSatisfy { abs($0 - $1) <= 1e-12 })
        }
    }

    @Test("conforms to a subnet's rules as the SDK does")
    func conform() throws {
        for row in try vectors.list("conform") {
            let uids: [UInt16] = try row.list("uids").compactMap { $0.int.flatMap(UInt16.init(exactly:)) }
            let scores = zip(uids, try row.list("weights").compactMap(\.double)).map { (UID($0), $1) }
            let maximum: UInt16 = try row.number("max_weight_limit")
            let minimum: Int = try row.number("min_allowed_weights")
            let own: UInt16 = try row.number("own_uid")
            let out = try #require(row["out"])
            if out["error"] != nil {
                #expect(throws: SubtensorError.self) {
                    try WeightVector(scores: scores, maximumWeight: maximum, minimumCount: minimum, own: UID(own))
                }
            } else {
                let vector = try WeightVector(
                    scores: scores, maximumWeight: maximum, minimumCount: minimum, own: UID(own))
                #expect(try flat(vector.entries) == expected(out))
            }
        }
    }

    @Test(
        "refuses scores that are no weights",
        arguments: [
            (scores: [(1, Double.nan)], code: SubtensorError.Code.invalidWeights),
            (scores: [(1, .infinity)], code: .invalidWeights),
            (scores: [(1, -1)], code: .invalidWeights),
            (scores: [(1, 1), (1, 2)], code: .invalidWeights),
            (scores: [(1, 0)], code: .tooFewWeights),
            (scores: [], code: .tooFewWeights),
        ] as [(scores: [(UInt16, Double)], code: SubtensorError.Code)])
    func refuses(scores: [(UInt16, Double)], code: SubtensorError.Code) {
        for maximum in [UInt16.max, 1_000] {
            let error = #expect(throws: SubtensorError.self) {
                try WeightVector(scores: scores.map { (UID($0), $1) }, maximumWeight: maximum)
            }
            #expect(error?.code == code)
        }
    }

    private func flat(_ entries: [WeightVector.Entry]) -> [[Int]] {
        [entries.map { Int($0.uid.rawValue) }, entries.map { Int($0.weight) }]
    }

    private func expected(_ out: JSONElement) throws -> [[Int]] {
        out.elements.map { $0.elements.compactMap(\.int) }
    }
}
