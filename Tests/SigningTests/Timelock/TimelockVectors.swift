@testable import Signing

/// What the reference library made and opened.
struct TimelockVectors: Decodable {
    struct Network: Decodable { let public_key: HexBytes, chain_hash: HexBytes, genesis: UInt64, period: UInt64 }
    struct Ciphertext: Decodable {
        struct Opened: Decodable { let sigma: HexBytes, aes_key: HexBytes, r_be: HexBytes }
        let plaintext: HexBytes, round: UInt64, envelope: HexBytes, ciphertext: HexBytes, opened: Opened?
    }
    struct Deterministic: Decodable {
        struct Row: Decodable {
            let round: UInt64, identity_sha256_be64_round: HexBytes, H_identity_G1_compressed: HexBytes
            let plaintext: HexBytes, esk: HexBytes, t_le: HexBytes, aes_nonce: HexBytes, sigma: HexBytes
            let r_be: HexBytes, gt: HexBytes, h2: HexBytes, ciphertext: HexBytes
        }
        struct Hashed: Decodable { let round: UInt64, H_G1_compressed: HexBytes }
        let rows: [Row], dst: String, hash_to_curve: [Hashed]
    }
    let drand: Network, round_1000_signature: HexBytes, ciphertexts: [Ciphertext], deterministic: Deterministic

    static func load() throws -> TimelockVectors { try Fixture.load("bittensor-core@0.1.5/timelock.json") }
}

/// A drand network whose secret is known, so that tests have the signature of any round.
struct KnownNetwork {
    static let first = Result { try KnownNetwork(secret: 7) }

    private let secret: Scalar
    let chain: DrandChain

    init(secret byte: UInt8) throws {
        secret = Scalar(reducing: Hash.sha256([byte]))
        chain = try DrandChain(
            publicKey: G2Point.generator.multiplied(by: secret).compressed, hash: Hash.sha256([byte]),
            genesisTime: 1_000, period: 30)
    }

    func signature(ofRound round: UInt64) -> [UInt8] {
        DrandChain.identity(ofRound: round).multiplied(by: secret).compressed
    }
}
