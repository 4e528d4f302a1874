import CSodium

/// BIP39 phrases in English, turned into seeds the way Substrate does it.
///
/// Substrate stretches the phrase's entropy, not its text, so that other BIP39 wallets make other keys of the same words.
///
/// - Source: substrate-bip39, `mini_secret_from_entropy`; BIP39 for words and checksum.
public enum Mnemonic {
    public static let wordCounts = [12, 15, 18, 21, 24]
    private static let rounds = 2_048

    /// A fresh phrase, its words separated by single spaces.
    ///
    /// - Throws: ``SigningError`` with code `invalidMnemonic` for a count that is not in ``wordCounts``.
    public static func generate(wordCount: Int = 12) throws(SigningError) -> SecretBytes {
        guard wordCounts.contains(wordCount) else { throw wrongCount(wordCount) }
        return phrase(of: SecretBytes.random(count: wordCount / 3 * 4))
    }

    /// The 32-byte seed of a phrase.
    ///
    /// - Parameters:
    ///   - phrase: words of the English list, in lower case, separated by white space.
    ///   - password: of any length; none and an empty one are the same.
    /// - Throws: ``SigningError`` with code `invalidMnemonic`; the message names a bad word by its place, not its letters.
    public static func seed(
        of phrase: borrowing SecretBytes, password: borrowing SecretBytes = SecretBytes(copying: [])
    ) throws(SigningError) -> SecretBytes {
        try phrase.withBytes { (phrase) throws(SigningError) -> SecretBytes in
            try password.withBytes { (password) throws(SigningError) -> SecretBytes in
                try seed(of: phrase, password: password)
            }
        }
    }

    static func seed(
        of phrase: UnsafeRawBufferPointer, password: UnsafeRawBufferPointer
    ) throws(SigningError) -> SecretBytes {
        let entropy = try entropy(of: phrase)
        var salt = SecretText(capacity: 8 + password.count)
        salt.append("mnemonic" as StaticString)
        salt.append(password)
        let stretched = entropy.withBytes { entropy in
            salt.withBytes { PBKDF2.sha512(password: entropy, salt: $0, rounds: rounds) }
        }
        return stretched.withBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<32])) }
    }

    /// The 16 to 32 bytes that the words stand for, once their checksum is right.
    static func entropy(of phrase: UnsafeRawBufferPointer) throws(SigningError) -> SecretBytes {
        var numbers = InlineArray<24, UInt16>(repeating: 0)
        defer { withUnsafeMutableBytes(of: &numbers) { sodium_memzero($0.baseAddress, $0.count) } }
        var count = 0
        var unknown: Int?
        var position = 0
        while true {
            while position < phrase.count, isSpace(phrase[position]) { position += 1 }
            let start = position
            while position < phrase.count, !isSpace(phrase[position]) { position += 1 }
            let end = position
            if start == end { break }
            if count < 24 {
                if let number = WordList.number(of: UnsafeRawBufferPointer(rebasing: phrase[start..<end])) {
                    numbers[count] = UInt16(truncatingIfNeeded: number)
                } else if unknown == nil {
                    unknown = count + 1
                }
            }
            count += 1
        }
        guard wordCounts.contains(count) else { throw wrongCount(count) }
        if let unknown {
            throw SigningError(
                .invalidMnemonic, "word \(unknown) of the mnemonic is not in the English list of BIP39 (lower case)")
        }
        return try entropy(of: &numbers, count: count)
    }

    /// 11 bits per word: the entropy, then the first bits of its SHA-256, one for each 32 bits of it.
    private static func entropy(
        of numbers: inout InlineArray<24, UInt16>, count: Int
    ) throws(SigningError) -> SecretBytes {
        let entropy = withUnsafeTemporaryAllocation(byteCount: 32, alignment: 1) { space -> SecretBytes? in
            defer { sodium_memzero(space.octets, space.count) }
            let bytes = UnsafeMutableRawBufferPointer(rebasing: space[..<(count / 3 * 4)])
            var bits: UInt32 = 0
            var bitCount: UInt32 = 0
            var filled = 0
            for index in 0..<count {
                bits = bits << 11 | UInt32(numbers[index])
                bitCount += 11
                while bitCount >= 8, filled < bytes.count {
                    bitCount -= 8
                    bytes[filled] = UInt8(truncatingIfNeeded: bits >> bitCount)
                    filled += 1
                }
            }
            let entropy = UnsafeRawBufferPointer(bytes)
            return bits & ((1 << bitCount) - 1) == checksum(of: entropy) ? SecretBytes(copying: entropy) : nil
        }
        guard let entropy else {
            throw SigningError(
                .invalidMnemonic,
                "the mnemonic's checksum is wrong: a word is mistyped, missing or in another's place")
        }
        return entropy
    }

    static func phrase(of entropy: borrowing SecretBytes) -> SecretBytes {
        let count = entropy.count / 4 * 3
        var text = SecretText(capacity: count * (WordList.longestWord + 1))
        entropy.withBytes { entropy in
            var bits: UInt32 = 0
            var bitCount: UInt32 = 0
            var used = 0
            for index in 0..<count {
                while bitCount < 11, used < entropy.count {
                    bits = bits << 8 | UInt32(entropy[used])
                    bitCount += 8
                    used += 1
                }
                if bitCount < 11 {
                    let length = UInt32(entropy.count / 4)
                    bits = bits << length | checksum(of: entropy)
                    bitCount += length
                }
                bitCount -= 11
                if index > 0 { text.append(UInt8(ascii: " ")) }
                WordList.append(Int(bits >> bitCount & 0x7ff), to: &text)
            }
        }
        return text.finished()
    }

    private static func checksum(of entropy: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(Hash.sha256(entropy)[0]) >> UInt32(8 - entropy.count / 4)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    private static func wrongCount(_ count: Int) -> SigningError {
        SigningError(.invalidMnemonic, "a mnemonic has 12, 15, 18, 21 or 24 words, not \(count)")
    }
}
