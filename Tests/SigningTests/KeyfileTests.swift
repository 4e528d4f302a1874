import Testing

@testable import Signing

@Suite("Plain keyfiles") struct KeyfileTests {
    struct Vectors: Decodable {
        let plain: String
        let coldkeypub: String?
    }
    static let address = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"
    static let ed25519Address = "5DFJF7tY4bpbpcKPJcBTQaKuCDEPCpiz8TRjpmLeTtweqmXL"
    static let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
    static let phrase = MnemonicTests.phrase
    static let seed = "fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e"
    static let key =
        "05d65584630d16cd4af6d0bec10f34bb504a5dcb62dba2122d49f5a663763d0a"
        + "fd190cce74df356432b410bd64682309d6dedb27c76845daf388557cbac3ca34"

    static func read(_ text: String) throws(SigningError) -> KeyfileContent {
        try SecretBytes(utf8: text).withBytes { (text) throws(SigningError) in try Keyfile.read(text) }
    }

    @Test(
        "of both generations of the SDK are read",
        arguments: ["bittensor@10.5.0/keyfile_v10.json", "bittensor-core@0.1.5/keyfile_v11.json"])
    func vectors(file: String) throws {
        let vectors = try Fixture.load(file, as: Vectors.self)
        guard case .secret(let key) = try Self.read(vectors.plain) else { return #expect(Bool(false)) }
        #expect(key.accountID.ss58 == Self.address)
        #expect(key.withMnemonic { String(decoding: $0, as: UTF8.self) } == Self.phrase)
        #expect(key.withSeed { Hex.encode($0) } == Self.seed)
        if let text = vectors.coldkeypub {
            guard case .publicOnly(let account, .sr25519) = try Self.read(text) else { return #expect(Bool(false)) }
            #expect(account.ss58 == Self.address)
        }
    }

    /// What bittensor-core 0.1.5 makes of the same texts.
    @Test(
        "are read as bittensor-core reads them",
        arguments: [
            (seed, address, 1), ("0x" + seed, address, 1), ("0x" + seed + "\n", address, 1), (key, address, 1),
            ("0x" + key, address, 1), (phrase, address, 1), (phrase + "\n", address, 1),
            (#"{"secretPhrase":"\#(phrase)","cryptoType":"0"}"#, ed25519Address, 0),
            (#"{"secretPhrase":"\#(phrase)","cryptoType":0}"#, ed25519Address, 0),
            (#"{"secretSeed":"\#(seed)"}"#, address, 1),
            (#"{"secretSeed":"0x\#(seed)","secretPhrase":null}"#, address, 1),
            (#"{"privateKey":"0x\#(seed)"}"#, address, 1),
            (#"{"secretPhrase":"\#(phrase)","ss58Address":"\#(ed25519Address)"}"#, ed25519Address, 0),
            (#"{"ss58Address":"\#(alice)","cryptoType":0}"#, alice, 0),
            (#" { "secretSeed" : "0x\#(seed)" , "extra" : {"a":[1,true,"x\n",-2.5e3]} } "#, address, 1),
            (#"{"secretSeed":"0x00","secretSeed":"0x\#(seed)"}"#, address, 1),
            (#"{"secretPhrase":"\#(phrase)","secretSeed":"0xnonsense"}"#, address, 1),
        ] as [(String, String, Int)])
    func accepted(text: String, address: String, type: Int) throws {
        switch try Self.read(text) {
        case .secret(let key):
            #expect(key.accountID.ss58 == address)
            #expect(key.pair.cryptoType.rawValue == type)
        case .publicOnly(let account, let cryptoType):
            #expect(account.ss58 == address)
            #expect(cryptoType.rawValue == type)
        }
    }

    @Test(
        "are refused, naming what is wrong and quoting nothing",
        arguments: [
            (#"{"privateKey":"\#(key)","cryptoType":2}"#, SigningError.Code.unsupported),
            (#"{"privateKey":"\#(key)","cryptoType":"sr"}"#, .unsupported),
            (#"{"privateKey":"\#(key)","cryptoType":1.0}"#, .unsupported),
            (#"{"secretPhrase":"\#(phrase)","ss58Address":"\#(alice)"}"#, .invalidKeyfile),
            (#"{"secretPhrase":"\#(phrase.uppercased())"}"#, .invalidMnemonic),
            (#"{"secretPhrase":"\#(phrase)///pw"}"#, .invalidMnemonic),
            (#"{"secretPhrase":"","secretSeed":"0x\#(seed)"}"#, .invalidMnemonic),
            (#"{"secretPhrase":7}"#, .invalidKeyfile), (#"{"secretPhrase":["a"]}"#, .invalidKeyfile),
            (#"{"secretSeed":"0xcanary"}"#, .invalidKeyfile), (#"{"secretSeed":"0x1234"}"#, .invalidSecret),
            (#"{"privateKey":"0x1234"}"#, .invalidSecret), (#"{"secretSeed":"\u0030x"}"#, .invalidKeyfile),
            (#"{"ss58Address":"canary"}"#, .invalidKeyfile),
            (#"{"publicKey":"0x12"}"#, .invalidKeyfile), ("{}", .invalidKeyfile), ("", .invalidKeyfile),
            ("  \n", .invalidKeyfile), ("[", .invalidKeyfile), ("{", .invalidKeyfile), (#"{"a":1,}"#, .invalidKeyfile),
            (#"{"a":1} canary"#, .invalidKeyfile), ("canary", .invalidKeyfile), ("0xcanary", .invalidKeyfile),
            ("\u{0}\u{1}", .invalidKeyfile), (String(repeating: "[", count: 60_000), .invalidKeyfile),
            (#"{"a":"# + String(repeating: "[", count: 60_000), .invalidKeyfile), (alice, .invalidKeyfile),
        ] as [(String, SigningError.Code)])
    func refused(text: String, code: SigningError.Code) {
        let error = #expect(throws: SigningError.self) { try Self.read(text) }
        #expect(error?.code == code, "\(error?.message ?? "")")
        for secret in ["canary", Self.seed, Self.key, "bottom", "BOTTOM"] {
            #expect(error?.message.contains(secret) == false)
        }
    }

    @Test("come out as they went in", arguments: CryptoType.allCases)
    func roundTrip(type: CryptoType) throws {
        let keys = [
            try WalletKey(mnemonic: SecretBytes(utf8: Self.phrase), type),
            try WalletKey(seed: SecretBytes(copying: Hex.decode(Self.seed)), type),
            try WalletKey(uri: try SecretURI("//Alice//stash"), type), try WalletKey.generate(wordCount: 24, type),
        ]
        for key in keys {
            let text = Keyfile.text(of: key)
            let content = try text.withBytes { (text) throws(SigningError) in try Keyfile.read(text) }
            guard case .secret(let read) = content else { return #expect(Bool(false)) }
            #expect(read.accountID == key.accountID)
            #expect(read.pair.cryptoType == type)
            #expect(read.hasMnemonic == key.hasMnemonic)
            let isSame = Keyfile.text(of: read).isEqual(to: text)
            #expect(isSame)
            let (account, publicType) = try text.withBytes { (text) throws(SigningError) in try Keyfile.readPublic(text)
            }
            #expect(account == key.accountID && publicType == type)
        }
    }
}
