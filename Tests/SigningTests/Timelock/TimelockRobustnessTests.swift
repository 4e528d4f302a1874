import Testing

@testable import Signing

/// Changed bytes may be refused with a typed error and must not trap. What costs a square root or a pairing gets fewer of
/// them where nothing is optimised.
@Suite("Timelock with any bytes") struct TimelockRobustnessTests {
    #if DEBUG
        static let decoded = 60, opened = 6
    #else
        static let decoded = 30_000, opened = 500
    #endif

    @Test("survives changed ciphertexts, and reads none that it does not write the same") func ciphertexts() throws {
        var mutator = ByteMutator(try TimelockVectors.load().ciphertexts.prefix(2).map(\.ciphertext.bytes))
        var read = 0
        for _ in 0..<100_000 {
            let bytes = mutator.next()
            guard let ciphertext = try? TimelockCiphertext(bytes) else { continue }
            read += 1
            if ciphertext.encoded != bytes { Issue.record("\(Hex.encode(bytes)) is written differently") }
        }
        #expect(read > 0 && read < 100_000)
    }

    @Test("survives changed envelopes, and reads none that it does not write the same") func envelopes() throws {
        let corpus = [0, 63, 64, 300].map {
            TimelockEnvelope(ciphertext: [UInt8](repeating: 1, count: $0), round: 7).encoded
        }
        var mutator = ByteMutator(corpus)
        var read = 0
        for _ in 0..<100_000 {
            let bytes = mutator.next()
            guard let envelope = try? TimelockEnvelope(bytes) else { continue }
            read += 1
            if envelope.encoded != bytes { Issue.record("\(Hex.encode(bytes)) is written differently") }
        }
        #expect(read > 0 && read < 100_000)
    }

    @Test("survives changed points of a form to refuse early") func forms() {
        var mutator = ByteMutator([G1Point.generator.compressed])
        for _ in 0..<50_000 {
            var bytes = mutator.next()
            // Above the modulus, or without the flag that says compressed.
            if bytes.count == 48 { bytes[0] |= 0x1f }
            #expect(throws: PointError.self) { try G1Point(compressed: bytes) }
        }
    }

    @Test("survives changed points, and reads none that it does not write the same") func points() {
        var first = ByteMutator([G1Point.generator.compressed, G1Point.infinity.compressed])
        var second = ByteMutator([G2Point.generator.compressed, G2Point.infinity.compressed])
        for _ in 0..<Self.decoded {
            check(G1Point.self, first.next())
            check(G2Point.self, second.next())
        }
    }

    private func check<F: CurveCoordinate>(_ type: CurvePoint<F>.Type, _ bytes: [UInt8]) {
        guard let point = try? type.init(uncheckedSubgroup: bytes) else { return }
        if point.compressed != bytes { Issue.record("\(Hex.encode(bytes)) is written differently") }
    }

    @Test("opens no ciphertext that was changed") func openings() throws {
        let vectors = try TimelockVectors.load()
        let original = vectors.ciphertexts[1].ciphertext.bytes
        var mutator = ByteMutator([original])
        for _ in 0..<Self.opened {
            let bytes = mutator.next()
            guard bytes != original else { continue }
            #expect(throws: TimelockError.self) {
                try Timelock.decrypt(bytes, roundSignature: vectors.round_1000_signature.bytes)
            }
        }
    }
}

/// Random changes of valid bytes, the same in each run.
private struct ByteMutator {
    private var state: UInt64 = 1
    private let corpus: [[UInt8]]

    init(_ corpus: [[UInt8]]) { self.corpus = corpus }

    /// SplitMix64.
    private mutating func random(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return Int(truncatingIfNeeded: (value ^ value >> 31) >> 1) % max(bound, 1)
    }

    mutating func next() -> [UInt8] {
        var bytes = corpus[random(corpus.count)]
        for _ in 0...random(2) {
            let place = random(bytes.count)
            switch random(6) {
            case _ where bytes.isEmpty: bytes.append(UInt8(random(256)))
            case 0, 1: bytes[place] ^= 1 << UInt8(random(8))
            case 2: bytes[place] = [0, 0x20, 0x40, 0x80, 0xc0, 0xff][random(6)]
            case 3: bytes.remove(at: place)
            case 4: bytes.insert(UInt8(random(256)), at: place)
            default: if random(4) == 0 { bytes.removeSubrange(place...) } else { bytes[place] = UInt8(random(256)) }
            }
        }
        return bytes
    }
}
