import Testing

@testable import Signing

@Suite("Merlin transcripts") struct TranscriptTests {
    struct Vectors: Decodable {
        struct KnownAnswer: Decodable { let append: [String], challenge32: HexBytes }
        let merlin_known_answer: KnownAnswer
    }

    @Test("give Merlin's known answer")
    func knownAnswer() throws {
        let answer = try Fixture.load("bittensor-core@0.1.5/sr25519_deterministic.json", as: Vectors.self)
            .merlin_known_answer
        var transcript = Transcript("test protocol")
        transcript.append("some label", Array(answer.append[1].utf8))
        #expect(challenge(transcript, 32) == answer.challenge32.bytes)
    }

    @Test("continue separately once copied")
    func copies() {
        let shared = Transcript("test protocol")
        var one = shared
        var other = shared
        one.append("m", [1])
        other.append("m", [2])
        #expect(challenge(one, 32) != challenge(other, 32))
        other = shared
        other.append("m", [1])
        #expect(challenge(one, 32) == challenge(other, 32))
    }

    @Test("absorb messages longer than a block of 166 bytes", arguments: [0, 1, 150, 165, 166, 167, 332, 5_000])
    func lengths(count: Int) {
        var one = Transcript("test protocol")
        var other = Transcript("test protocol")
        one.append("m", [UInt8](repeating: 7, count: count))
        other.append("m", [UInt8](repeating: 7, count: count + 1))
        #expect(challenge(one, 400) != challenge(other, 400))
    }

    @Test("draw witnesses that depend on the secret and on the randomness, and leave the transcript alone")
    func witnesses() {
        let transcript = Transcript("test protocol")
        let first = witness(transcript, secret: 1, randomness: 1)
        #expect(first == witness(transcript, secret: 1, randomness: 1))
        #expect(first != witness(transcript, secret: 2, randomness: 1))
        #expect(first != witness(transcript, secret: 1, randomness: 2))
    }

    private func challenge(_ transcript: Transcript, _ count: Int) -> [UInt8] {
        var transcript = transcript
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { transcript.challenge("challenge", into: $0) }
        return bytes
    }

    private func witness(_ transcript: Transcript, secret: UInt8, randomness: UInt8) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        bytes.withUnsafeMutableBytes { bytes in
            [UInt8](repeating: secret, count: 32).withUnsafeBytes { secret in
                [UInt8](repeating: randomness, count: 32).withUnsafeBytes { randomness in
                    transcript.witness("signing", secret: secret, randomness: randomness, into: bytes)
                }
            }
        }
        return bytes
    }
}
