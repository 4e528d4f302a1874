import Testing

@testable import Signing

/// Each parser gets 200,000 changed inputs: it may refuse them with a ``SigningError``, which the type says, and must
/// not trap.
@Suite("Parsers of any bytes", .serialized) struct RobustnessTests {
    static let count = 200_000

    @Test("survive changed addresses, and accept none that is not written back the same")
    func addresses() throws {
        let account = try #require(AccountID(bytes: Array(0..<32)))
        var mutator = Mutator(
            [
                KeyfileTests.address, KeyfileTests.alice, SS58.encode(account, prefix: 16_000),
                SS58.encode(account, prefix: 0),
            ],
            alphabet: "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0OIl é")
        var accepted = 0
        for _ in 0..<Self.count {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            guard let (account, prefix) = try? SS58.decode(text) else { continue }
            accepted += 1
            if SS58.encode(account, prefix: prefix) != text { Issue.record("\(text) is not canonical") }
        }
        #expect(accepted > 0 && accepted < Self.count / 10)
    }

    @Test("survive changed hexadecimal text, and read only digits")
    func hex() throws {
        var mutator = Mutator(["0x00ff", "deadBEEF", KeyfileTests.seed, "0x"], alphabet: "0123456789abcdefABCDEFxXgG ")
        var accepted = 0
        for _ in 0..<Self.count {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            guard let bytes = try? Hex.decode(text) else { continue }
            accepted += 1
            let digits = text.hasPrefix("0x") ? String(text.dropFirst(2)) : text
            if Hex.encode(bytes) != digits.lowercased() { Issue.record("\(text) is read as something else") }
        }
        #expect(accepted > 0 && accepted < Self.count)
    }

    @Test("survive changed mnemonics, and accept none that is not written back the same")
    func mnemonics() throws {
        var mutator = Mutator(
            [
                KeyfileTests.phrase, "legal winner thank year wave sausage worth useful legal winner thank yellow",
                String(repeating: "abandon ", count: 11) + "about", String(repeating: "zoo ", count: 23) + "vote",
                "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo abandon",
            ], alphabet: "abcdefghijklmnopqrstuvwxyz  \n")
        var accepted = 0
        for _ in 0..<Self.count {
            mutator.next().withUnsafeBytes { phrase in
                guard let entropy = try? Mnemonic.entropy(of: phrase) else { return }
                accepted += 1
                let words = phrase.split { $0 == 0x20 || (0x09...0x0d).contains($0) }.joined(separator: [0x20])
                if Mnemonic.phrase(of: entropy).withBytes({ !$0.elementsEqual(words) }) {
                    Issue.record("a mnemonic is not written back")
                }
            }
        }
        #expect(accepted > 0 && accepted < Self.count)
    }

    @Test("survive changed secret URIs")
    func paths() {
        var mutator = Mutator(
            [
                "//Alice", "/soft", "//a/b//c///password", "//18446744073709551615", "//0123/+7",
                "0x" + KeyfileTests.seed + "//x/y",
                "//a-junction-name-longer-than-thirty-two-bytes-for-hash",
            ], alphabet: "////0123456789+abcx é ")
        var accepted = 0
        for index in 0..<Self.count {
            var input = mutator.next()
            // The development phrase costs 2048 rounds: mostly a seed stands before the path.
            if index % 400 != 0, input.first == UInt8(ascii: "/") {
                input = Array("0x\(KeyfileTests.seed)".utf8) + input
            }
            input.withUnsafeBytes { text in
                guard let uri = try? SecretURI(parsing: text) else { return }
                accepted += 1
                if accepted % 100 == 0 { _ = try? uri.sr25519Key() }
                if accepted % 100 == 50 { _ = try? uri.ed25519Seed() }
            }
        }
        #expect(accepted > Self.count / 10 && accepted < Self.count)
    }

    @Test("survive changed keyfiles, and take no other key for the file's own")
    func keyfiles() throws {
        let account = try AccountID(ss58: KeyfileTests.address)
        let publicText = Keyfile.publicText(of: account, .sr25519).withBytes { String(decoding: $0, as: UTF8.self) }
        var mutator = Mutator(
            [
                publicText, #"{"secretSeed":"0x\#(KeyfileTests.seed)","ss58Address":"\#(KeyfileTests.address)"}"#,
                #"{"privateKey":"0x\#(KeyfileTests.key)","cryptoType":"1"}"#, "0x" + KeyfileTests.seed,
                #"{"secretSeed":null,"a":[1,-2.5e+3,{"b":[true,false,null,"\u00e9\n"]}],"cryptoType":0}"#,
            ], alphabet: #"{}[]":,\0123456789abcdefxnulltrue. "#)
        var accepted = 0
        for _ in 0..<Self.count {
            mutator.next().withUnsafeBytes { text in
                guard (try? Keyfile.read(text)) != nil else { return }
                accepted += 1
            }
        }
        #expect(accepted > 0 && accepted < Self.count)
    }

    @Test("survive changed encrypted keyfiles, and open only the whole one")
    func sealedKeyfiles() {
        let key = SecretBytes.random(count: 32)
        let sealed = SealedKeyfile.seal(SecretBytes(utf8: #"{"secretSeed":"0x00"}"#), key: key).withBytes { Array($0) }
        var mutator = Mutator(["$NACL"], alphabet: "$NACL")
        var opened = 0
        for _ in 0..<Self.count {
            var input = sealed
            let place = mutator.random(input.count)
            switch mutator.random(4) {
            case 0: input.removeSubrange(place...)
            case 1: input.append(UInt8(mutator.random(256)))
            case 2: input.remove(at: place)
            default: input[place] ^= UInt8(1 + mutator.random(255))
            }
            input.withUnsafeBytes { input in
                guard SealedKeyfile.form(of: input) == .nacl else { return }
                if (try? SealedKeyfile.open(input, key: key)) != nil { opened += 1 }
            }
        }
        #expect(opened == 0)
    }
}
