/// The block cipher AES with a key of 256 bits, one direction: counter mode needs no other.
///
/// - Source: FIPS 197.
struct AES256 {
    private static let rounds = 14
    /// 15 keys of 16 bytes, one after the other.
    private let roundKeys: [UInt8]

    /// - Parameter key: 32 bytes.
    init(key: [UInt8]) {
        var schedule = key
        var constant: UInt8 = 1
        for index in 8..<(4 * (Self.rounds + 1)) {
            var word = Array(schedule[(4 * index - 4)..<(4 * index)])
            if index.isMultiple(of: 8) {
                word = [word[1], word[2], word[3], word[0]].map { Self.substitutions[Int($0)] }
                word[0] ^= constant
                constant = Self.doubled(constant)
            } else if index % 8 == 4 {
                word = word.map { Self.substitutions[Int($0)] }
            }
            for place in 0..<4 { schedule.append(schedule[4 * (index - 8) + place] ^ word[place]) }
        }
        roundKeys = schedule
    }

    /// - Parameter block: 16 bytes, column by column.
    func encrypt(_ block: [UInt8]) -> [UInt8] {
        var state = addingKey(0, to: block)
        for round in 1...Self.rounds {
            // Each row moves left by its number.
            state = (0..<16).map { Self.substitutions[Int(state[($0 + 4 * ($0 % 4)) % 16])] }
            if round < Self.rounds { state = Self.mixingColumns(state) }
            state = addingKey(round, to: state)
        }
        return state
    }

    private func addingKey(_ round: Int, to state: [UInt8]) -> [UInt8] {
        zip(state, roundKeys[(16 * round)..<(16 * round + 16)]).map(^)
    }

    private static func mixingColumns(_ state: [UInt8]) -> [UInt8] {
        var mixed = state
        for column in stride(from: 0, to: 16, by: 4) {
            let all = state[column] ^ state[column + 1] ^ state[column + 2] ^ state[column + 3]
            for row in 0..<4 {
                let next = state[column + (row + 1) % 4]
                mixed[column + row] ^= all ^ doubled(state[column + row] ^ next)
            }
        }
        return mixed
    }

    /// The product with x in GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1.
    private static func doubled(_ value: UInt8) -> UInt8 { value << 1 ^ (value >> 7 == 1 ? 0x1b : 0) }

    private static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var factor = left
        var sum: UInt8 = 0
        for bit in UInt8(0)..<8 {
            if right >> bit & 1 == 1 { sum ^= factor }
            factor = doubled(factor)
        }
        return sum
    }

    /// For each byte its inverse in GF(2⁸), then an affine map of its bits.
    private static let substitutions: [UInt8] = {
        var table = [UInt8](repeating: 0x63, count: 256)
        // 3 generates the field's units and 0xf6 is its inverse, so the two walks meet each value with its inverse.
        var value: UInt8 = 1
        var inverse: UInt8 = 1
        repeat {
            value ^= doubled(value)
            inverse = product(inverse, 0xf6)
            let turns = (UInt8(1)...4).map { inverse << $0 | inverse >> (8 - $0) }
            table[Int(value)] = turns.reduce(inverse ^ 0x63, ^)
        } while value != 1
        return table
    }()
}
