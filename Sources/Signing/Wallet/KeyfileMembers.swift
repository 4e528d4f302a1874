/// Where the members of a keyfile's JSON object lie in its text.
///
/// The text holds secrets, so nothing of it is copied here: a general parser would leave Strings behind. Any JSON object
/// is accepted; members of other names are skipped, and of duplicates the last one counts, as for the official tools.
struct KeyfileMembers {
    enum Name: Int, CaseIterable {
        case accountId, publicKey, privateKey, secretPhrase, secretSeed, ss58Address, cryptoType

        var text: StaticString {
            switch self {
            case .accountId: "accountId"
            case .publicKey: "publicKey"
            case .privateKey: "privateKey"
            case .secretPhrase: "secretPhrase"
            case .secretSeed: "secretSeed"
            case .ss58Address: "ss58Address"
            case .cryptoType: "cryptoType"
            }
        }
    }

    struct Value: Sendable {
        /// What is between the quotes, or the number.
        let range: Range<Int>
        let isString: Bool
    }

    private var values = InlineArray<7, Value?>(repeating: nil)

    /// nil when it is missing or null.
    subscript(_ name: Name) -> Value? { values[name.rawValue] }

    /// - Throws: ``SigningError`` with code `invalidKeyfile`; the message quotes nothing.
    init(scanning text: UnsafeRawBufferPointer) throws(SigningError) {
        var scanner = JSONScanner(text)
        try scanner.take(UInt8(ascii: "{"))
        scanner.skipSpace()
        if scanner.peek() == UInt8(ascii: "}") {
            try scanner.take(UInt8(ascii: "}"))
            try scanner.expectEnd()
            return
        }
        while true {
            scanner.skipSpace()
            let key = try scanner.string()
            scanner.skipSpace()
            try scanner.take(UInt8(ascii: ":"))
            scanner.skipSpace()
            let value = try scanner.value()
            if let name = Self.name(UnsafeRawBufferPointer(rebasing: text[key])) {
                switch value {
                case .string(let range): values[name.rawValue] = Value(range: range, isString: true)
                case .number(let range): values[name.rawValue] = Value(range: range, isString: false)
                case .null: values[name.rawValue] = nil
                case .other: throw SigningError(.invalidKeyfile, "member \(name.text) of the keyfile has a wrong type")
                }
            }
            scanner.skipSpace()
            if scanner.peek() == UInt8(ascii: "}") { break }
            try scanner.take(UInt8(ascii: ","))
        }
        try scanner.take(UInt8(ascii: "}"))
        try scanner.expectEnd()
    }

    private static func name(_ text: UnsafeRawBufferPointer) -> Name? {
        Name.allCases.first { name in
            name.text.withRawBytes { $0.count == text.count && $0.elementsEqual(text) }
        }
    }
}
