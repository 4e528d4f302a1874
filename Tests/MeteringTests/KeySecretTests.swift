import Testing

@testable import Metering

@Suite("API key secrets") struct KeySecretTests {
    @Test("made here have a prefix, 160 bits and a checksum")
    func generated() {
        let secrets = (0..<100).map { _ in KeySecret.generate() }
        #expect(Set(secrets).count == 100)
        #expect(secrets.allSatisfy { $0.hasPrefix("sk-th-") && $0.count == 44 && KeySecret.isWellFormed($0) })
    }

    @Test("with one character changed are malformed")
    func typingErrors() {
        let secret = KeySecret.generate()
        for index in secret.indices.dropFirst(6) {
            var changed = secret
            changed.replaceSubrange(index...index, with: secret[index] == "7" ? "8" : "7")
            #expect(!KeySecret.isWellFormed(changed))
        }
        #expect(!KeySecret.isWellFormed(String(secret.dropLast())))
        #expect(!KeySecret.isWellFormed(secret + "0"))
    }

    @Test(
        "brought along are 12 to 256 visible characters",
        arguments: [
            ("correct-horse-battery", true), ("short-key", false), ("with a space in it", false),
            ("sk-th-fixed-for-a-test", false),
            ("ümlauts-are-not-ascii", false), ("line\nbreak-in-the-key", false),
            (String(repeating: "x", count: 257), false),
        ])
    func imported(text: String, isAccepted: Bool) {
        #expect(KeySecret.isImportable(text) == isAccepted)
        #expect(KeySecret.isWellFormed(text) == isAccepted)
    }

    @Test("hash apart under another pepper")
    func pepper() {
        let one = SecretHash(of: "secret", pepper: [1])
        #expect(one == SecretHash(of: "secret", pepper: [1]))
        #expect(one != SecretHash(of: "secret", pepper: [2]))
        #expect(one.bytes.count == 32)
    }

    @Test("CRC-32 knows the check value of the catalogue")
    func crc() { #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926) }
}
