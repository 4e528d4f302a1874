/// Random changes of valid input, the same in each run.
struct Mutator {
    private var state: UInt64
    private let corpus: [[UInt8]]
    private let alphabet: [UInt8]

    /// - Parameter alphabet: bytes that the format knows, so that not all changes are refused for the first one.
    init(_ corpus: [String], alphabet: String, seed: UInt64 = 1) {
        state = seed
        self.corpus = corpus.map { Array($0.utf8) }
        self.alphabet = Array(alphabet.utf8)
    }

    /// SplitMix64.
    mutating func random(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return Int(truncatingIfNeeded: (value ^ value >> 31) >> 1) % max(bound, 1)
    }

    private mutating func byte() -> UInt8 {
        random(4) == 0 ? UInt8(random(256)) : alphabet[random(alphabet.count)]
    }

    /// One input of the corpus after one to three changes.
    mutating func next() -> [UInt8] {
        var input = corpus[random(corpus.count)]
        for _ in 0...random(3) { change(&input) }
        return input
    }

    private mutating func change(_ input: inout [UInt8]) {
        guard !input.isEmpty else { return input.append(byte()) }
        let place = random(input.count)
        switch random(8) {
        case 0: input[place] ^= 1 << UInt8(random(8))
        case 1, 2: input[place] = byte()
        case 3: input.remove(at: place)
        case 4: input.insert(byte(), at: place)
        case 5: input.swapAt(place, random(input.count))
        case 6:
            let other = corpus[random(corpus.count)]
            input.replaceSubrange(place..., with: other[min(place, other.count)...])
        default:
            if random(4) == 0 { input.removeSubrange(place...) } else { input.append(byte()) }
        }
    }
}
