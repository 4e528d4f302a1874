import Signing
import Testing

@Suite("Hashes") struct HashTests {
    struct Vectors: Decodable {
        struct Row: Decodable {
            let input, twox64, twox128, twox256, blake2_128, blake2_256, blake2_512: HexBytes
            let twox64_concat, blake2_128_concat: HexBytes
        }
        let hashes: [Row]
    }

    @Test("match Substrate's for every input of the reference")
    func substrate() throws {
        let rows = try Fixture.load("bittensor-core@0.1.5/scale_hash.json", as: Vectors.self).hashes
        #expect(!rows.isEmpty)
        for row in rows {
            let input = row.input.bytes
            #expect(Hash.twox64(input) == row.twox64.bytes)
            #expect(Hash.twox128(input) == row.twox128.bytes)
            #expect(Hash.twox256(input) == row.twox256.bytes)
            #expect(Hash.blake2b128(input) == row.blake2_128.bytes)
            #expect(Hash.blake2b256(input) == row.blake2_256.bytes)
            #expect(Hash.blake2b512(input) == row.blake2_512.bytes)
            #expect(Hash.twox64Concat(input) == row.twox64_concat.bytes)
            #expect(Hash.blake2b128Concat(input) == row.blake2_128_concat.bytes)
        }
    }

    @Test(
        "match FIPS 180 and FIPS 202 for known texts",
        arguments: [
            (
                text: "", sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                sha3: "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
                keccak: "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
            ),
            (
                text: "abc", sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                sha3: "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
                keccak: "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
            ),
        ])
    func known(text: String, sha256: String, sha3: String, keccak: String) {
        #expect(Hex.encode(Hash.sha256(Array(text.utf8))) == sha256)
        #expect(Hex.encode(Hash.sha3_256(Array(text.utf8))) == sha3)
        #expect(Hex.encode(Hash.keccak256(Array(text.utf8))) == keccak)
    }

    @Test(
        "of SHA-3 match the reference around the block length of 136 bytes",
        arguments: [
            (count: 135, sha3: "8094bb53c44cfb1e67b7c30447f9a1c33696d2463ecc1d9c92538913392843c9"),
            (count: 136, sha3: "3fc5559f14db8e453a0a3091edbd2bc25e11528d81c66fa570a4efdcc2695ee1"),
            (count: 137, sha3: "f8d6846cedd2ccfadf15c5879ef95af724d799eed7391fb1c91f95344e738614"),
            (count: 272, sha3: "a490357b9b3fb39d0a89a117734e5b020b1f33c7bf3fa3575c396425432003d3"),
            (count: 1000, sha3: "8f3934e6f7a15698fe0f396b95d8c4440929a8fa6eae140171c068b4549fbf81"),
        ])
    func blocks(count: Int, sha3: String) {
        #expect(Hex.encode(Hash.sha3_256([UInt8](repeating: 0x61, count: count))) == sha3)
    }

    @Test("of SHA-512 match FIPS 180")
    func sha512() {
        #expect(
            Hex.encode(Hash.sha512(Array("abc".utf8)))
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
    }
}
