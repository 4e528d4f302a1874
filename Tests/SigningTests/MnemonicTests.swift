import Testing

@testable import Signing

@Suite("Mnemonics") struct MnemonicTests {
    struct Row: Decodable {
        let mnemonic: String
        let password: String?
        let mini_secret_seed, sr25519_private_key, sr25519_public_key: HexBytes
        let sr25519_ss58: String
        let ed25519_public_key: HexBytes?
        let ed25519_ss58: String?
    }
    static let phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"

    @Test("lead to the seeds and keys of the reference")
    func vectors() throws {
        let rows = try Fixture.load("bittensor-core@0.1.5/mnemonic.json", as: Fixture.Rows<Row>.self).rows
        #expect(rows.count == 14)
        for row in rows {
            let seed = try Mnemonic.seed(
                of: SecretBytes(utf8: row.mnemonic), password: SecretBytes(utf8: row.password ?? ""))
            #expect(seed.withBytes { Array($0) } == row.mini_secret_seed.bytes)
            let pair = try SR25519KeyPair(seed: seed)
            #expect(pair.accountID.bytes == row.sr25519_public_key.bytes)
            #expect(pair.accountID.ss58 == row.sr25519_ss58)
            #expect(pair.withPrivateKey { Array($0) } == row.sr25519_private_key.bytes)
            if let key = row.ed25519_public_key {
                let pair = try Ed25519KeyPair(seed: seed)
                #expect(pair.accountID.bytes == key.bytes)
                #expect(pair.accountID.ss58 == row.ed25519_ss58)
            }
        }
    }

    @Test("are made fresh with any allowed number of words, and read again", arguments: Mnemonic.wordCounts)
    func generate(count: Int) throws {
        for _ in 0..<50 {
            let phrase = try Mnemonic.generate(wordCount: count)
            let text = phrase.withBytes { String(decoding: $0, as: UTF8.self) }
            #expect(text.split(separator: " ").count == count)
            let entropy = try phrase.withBytes { (text) throws(SigningError) -> SecretBytes in
                try Mnemonic.entropy(of: text)
            }
            #expect(entropy.count == count / 3 * 4)
            let isSame = Mnemonic.phrase(of: entropy).isEqual(to: phrase)
            #expect(isSame)
        }
    }

    @Test("may be separated by any white space")
    func space() throws {
        let spaced = SecretBytes(utf8: "\t" + Self.phrase.replacing(" ", with: "  \n") + "\r\n")
        let isSame = try Mnemonic.seed(of: spaced).isEqual(to: Mnemonic.seed(of: SecretBytes(utf8: Self.phrase)))
        #expect(isSame)
    }

    @Test(
        "are refused with one clear sentence that quotes no word",
        arguments: [
            ("", "not 0"), ("bottom drive", "not 2"), (phrase + " walk", "not 13"),
            (phrase + " " + phrase + " walk", "not 25"),
            (phrase.replacing("obey", with: "gehorche"), "word 3"),
            (phrase.replacing("walk", with: "spazieren"), "word 12"),
            (phrase.replacing("obey", with: "Obey"), "word 3"),
            (phrase.replacing("obey", with: "obe"), "word 3"),
            (phrase.replacing("obey", with: "obeyy"), "word 3"),
            (phrase.replacing("obey", with: "öbey"), "word 3"),
            (phrase.replacing("obey", with: "oak"), "checksum"),
            ("drive bottom obey lake curtain smoke basket hold race lonely fit walk", "checksum"),
        ])
    func refused(phrase: String, reason: String) {
        let error = #expect(throws: SigningError.self) { _ = try Mnemonic.seed(of: SecretBytes(utf8: phrase)) }
        #expect(error?.code == .invalidMnemonic)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        for word in phrase.split(separator: " ") where word.count > 5 {
            #expect(error?.message.contains(word) == false)
        }
    }

    @Test("have a list of 2048 words in alphabetical order")
    func words() {
        let words = "\(EnglishWords.text)".split(separator: " ").map(String.init)
        #expect(words.count == 2_048)
        #expect(words == words.sorted())
        for (number, word) in words.enumerated() {
            #expect(Array(word.utf8).withUnsafeBytes { WordList.number(of: $0) } == number)
        }
    }

    @Test("of other lengths are not made", arguments: [0, -3, 11, 13, 27, Int.max])
    func counts(count: Int) {
        #expect(throws: SigningError.self) { _ = try Mnemonic.generate(wordCount: count) }
    }
}
