import Testing

@testable import Signing

@Suite("Timelock") struct TimelockTests {
    @Test("opens what the reference sealed, with the round's published signature") func openReference() throws {
        let vectors = try TimelockVectors.load()
        #expect(vectors.ciphertexts.count == 6)
        let signature = vectors.round_1000_signature.bytes
        for row in vectors.ciphertexts {
            #expect(try Timelock.decrypt(row.ciphertext.bytes, roundSignature: signature) == row.plaintext.bytes)
            let envelope = try TimelockEnvelope(row.envelope.bytes)
            #expect(envelope == TimelockEnvelope(ciphertext: row.ciphertext.bytes, round: row.round))
            #expect(envelope.encoded == row.envelope.bytes)
            guard let opened = row.opened else { continue }
            let parts = try TimelockCiphertext(row.ciphertext.bytes)
            let masks = (Hash.sha256(opened.sigma.bytes), opened.aes_key.bytes)
            #expect(parts.maskedKey == zip(masks.0, masks.1).map(^))
            let r = Timelock.exponent(sigma: opened.sigma.bytes, key: opened.aes_key.bytes)
            #expect(r.bigEndianBytes == opened.r_be.bytes)
            #expect(G2Point.generator.multiplied(by: r).compressed == parts.commitment)
        }
    }

    @Test("gives the reference's bytes for given randomness, step by step") func deterministic() throws {
        let vectors = try TimelockVectors.load()
        for row in vectors.deterministic.rows {
            let identity = DrandChain.identity(ofRound: row.round)
            #expect(identity.compressed == row.H_identity_G1_compressed.bytes)
            #expect(Hash.sha256(row.t_le.bytes) == row.sigma.bytes)
            let r = Timelock.exponent(sigma: row.sigma.bytes, key: row.esk.bytes)
            #expect(r.bigEndianBytes == row.r_be.bytes)
            let value = Pairing.value(identity, DrandChain.quicknet.key.multiplied(by: r)).littleEndianBytes
            #expect(value == row.gt.bytes)
            #expect(Hash.sha256(value) == row.h2.bytes)
            let randomness = TimelockRandomness(
                key: row.esk.bytes, sigma: row.sigma.bytes, nonce: row.aes_nonce.bytes)
            let sealed = try Timelock.encrypt(row.plaintext.bytes, round: row.round, to: .quicknet, with: randomness)
            #expect(sealed == row.ciphertext.bytes)
            let signature = vectors.round_1000_signature.bytes
            #expect(try Timelock.decrypt(sealed, roundSignature: signature) == row.plaintext.bytes)
        }
    }

    @Test("opens what it sealed, of any length, and adds 244 bytes", arguments: [0, 4_756])
    func roundTrip(count: Int) throws {
        let network = try KnownNetwork.first.get()
        let message = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let sealed = try Timelock.encrypt(message, round: 5, to: network.chain)
        #expect(sealed.count == count + 244)
        #expect(try Timelock.decrypt(sealed, roundSignature: network.signature(ofRound: 5)) == message)
    }

    @Test("seals one message differently each time") func fresh() throws {
        let network = try KnownNetwork.first.get()
        let first = try TimelockCiphertext(try Timelock.encrypt([1], round: 5, to: network.chain))
        let second = try TimelockCiphertext(try Timelock.encrypt([1], round: 5, to: network.chain))
        #expect(first.commitment != second.commitment)
        #expect(first.maskedSigma != second.maskedSigma)
        #expect(first.maskedKey != second.maskedKey)
        #expect(first.nonce != second.nonce)
    }

    @Test("does not open with the signature of another round or network") func wrongSignature() throws {
        let (network, other) = (try KnownNetwork.first.get(), try KnownNetwork(secret: 8))
        let sealed = try Timelock.encrypt([1, 2, 3], round: 5, to: network.chain)
        for signature in [network.signature(ofRound: 6), other.signature(ofRound: 5)] {
            let error = #expect(throws: TimelockError.self) { try Timelock.decrypt(sealed, roundSignature: signature) }
            #expect(error?.code == .wrongSignature)
        }
    }

    @Test("refuses round 0") func zero() {
        let error = #expect(throws: TimelockError.self) { try Timelock.encrypt([], round: 0) }
        #expect(error?.code == .invalidRound)
    }

    @Test("refuses signatures that are no points of the group") func badSignatures() throws {
        let ciphertext = try TimelockVectors.load().ciphertexts[0].ciphertext.bytes
        let zeros = [UInt8](repeating: 0, count: 47)
        for signature in [[], [0xc0] + zeros, [0x80] + zeros, G2Point.generator.compressed] {
            let error = #expect(throws: TimelockError.self) {
                try Timelock.decrypt(ciphertext, roundSignature: signature)
            }
            #expect(error?.code == .invalidSignature)
        }
    }

    @Test("notices a change in any part") func changedParts() throws {
        let vectors = try TimelockVectors.load()
        let original = vectors.ciphertexts[1].ciphertext.bytes
        let outcomes: [(place: Int, code: TimelockError.Code)] = [
            // The sign of U, V, W, the encrypted bytes, the tag, the nonce; then lengths and the cipher's name.
            (0, .malformedCiphertext), (110, .wrongSignature), (150, .wrongSignature), (195, .wrongSignature),
            (210, .wrongSignature), (235, .wrongSignature), (96, .malformedCiphertext), (136, .malformedCiphertext),
            (176, .malformedCiphertext), (184, .malformedCiphertext), (257, .malformedCiphertext),
        ]
        for (place, code) in outcomes {
            var changed = original
            changed[place] ^= 0x80
            let error = #expect(throws: TimelockError.self) {
                try Timelock.decrypt(changed, roundSignature: vectors.round_1000_signature.bytes)
            }
            #expect(error?.code == code, "byte \(place)")
        }
        var negated = original
        negated[0] ^= 0x20
        let error = #expect(throws: TimelockError.self) {
            try Timelock.decrypt(negated, roundSignature: vectors.round_1000_signature.bytes)
        }
        #expect(error?.code == .wrongSignature)
    }

    @Test("refuses a commitment to nothing, or to a point outside the group") func badCommitments() throws {
        let vectors = try TimelockVectors.load()
        let rest = vectors.ciphertexts[0].ciphertext.bytes.dropFirst(96)
        let zeros = [UInt8](repeating: 0, count: 95)
        for first: UInt8 in [0xc0, 0x80, 0x00] {
            let error = #expect(throws: TimelockError.self) {
                try Timelock.decrypt([first] + zeros + rest, roundSignature: vectors.round_1000_signature.bytes)
            }
            #expect(error?.code == .malformedCiphertext)
        }
    }
}
