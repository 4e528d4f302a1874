/// Sponges over Keccak-f[1600] with 32 bytes of output (rate 136).
enum KeccakSponge {
    private static let rate = 136

    /// - Parameter padding: 0x06 for SHA3-256, 0x01 for Keccak-256.
    static func hash256(_ bytes: UnsafeRawBufferPointer, padding: UInt8) -> [UInt8] {
        var state = KeccakState()
        var offset = 0
        while bytes.count - offset >= rate {
            for word in 0..<(rate / 8) {
                let lane = bytes.loadUnaligned(fromByteOffset: offset + word * 8, as: UInt64.self)
                state.words[word] ^= UInt64(littleEndian: lane)
            }
            state.permute()
            offset += rate
        }
        for index in offset..<bytes.count { state.xor(bytes[index], at: index - offset) }
        state.xor(padding, at: bytes.count - offset)
        state.xor(0x80, at: rate - 1)
        state.permute()
        return (0..<32).map { state.byte(at: $0) }
    }
}
