import Testing

@testable import Signing

@Suite("drand networks") struct DrandChainTests {
    @Test("quicknet has the constants of the reference") func constants() throws {
        let network = try TimelockVectors.load().drand
        #expect(DrandChain.quicknet.publicKey == network.public_key.bytes)
        #expect(DrandChain.quicknet.hash == network.chain_hash.bytes)
        #expect(DrandChain.quicknet.genesisTime == network.genesis)
        #expect(DrandChain.quicknet.period == network.period)
    }

    @Test("quicknet's published signature is valid for its round and for no other") func signature() throws {
        let signature = try TimelockVectors.load().round_1000_signature.bytes
        #expect(try DrandChain.quicknet.isValid(signature: signature, ofRound: 1_000))
        #expect(try !DrandChain.quicknet.isValid(signature: signature, ofRound: 1_001))
        #expect(try !KnownNetwork.first.get().chain.isValid(signature: signature, ofRound: 1_000))
        var negated = signature
        negated[0] ^= 0x20
        #expect(try !DrandChain.quicknet.isValid(signature: negated, ofRound: 1_000))
    }

    @Test("hash a round as the reference does") func identities() throws {
        let vectors = try TimelockVectors.load().deterministic.hash_to_curve
        #expect(vectors.count == 4)
        for row in vectors {
            #expect(DrandChain.identity(ofRound: row.round).compressed == row.H_G1_compressed.bytes)
        }
    }

    @Test("count rounds from their first", arguments: [(0, nil), (999, nil), (1_000, 1), (1_029, 1), (1_030, 2)])
    func rounds(seconds: UInt64, round: UInt64?) throws {
        #expect(try KnownNetwork.first.get().chain.latestRound(at: seconds) == round)
    }

    @Test("need a key of the group and time between rounds") func badNetworks() throws {
        let key = DrandChain.quicknet.publicKey
        let zeros = [UInt8](repeating: 0, count: 95)
        for (key, period) in [([], 3), ([0xc0] + zeros, 3), ([0x80] + zeros, 3), (Array(key.dropLast()), 3), (key, 0)] {
            let error = #expect(throws: TimelockError.self) {
                try DrandChain(publicKey: key, hash: [], genesisTime: 0, period: UInt64(period))
            }
            #expect(error?.code == .invalidNetwork)
        }
    }

    @Test("refuse a signature that is no point") func badSignature() {
        let error = #expect(throws: TimelockError.self) {
            try DrandChain.quicknet.isValid(signature: [1, 2, 3], ofRound: 1)
        }
        #expect(error?.code == .invalidSignature)
    }
}
