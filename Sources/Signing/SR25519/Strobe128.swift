import CSodium

/// The part of STROBE-128 that Merlin transcripts use: AD, meta-AD, KEY and PRF.
///
/// - Source: STROBE v1.0.2 (strobe.sourceforge.io/specs) and the `strobe.rs` of merlin 3.
struct Strobe128 {
    private static let rate: UInt8 = 166

    private struct Flags {
        static let inbound: UInt8 = 1
        static let application: UInt8 = 2
        static let cipher: UInt8 = 4
        static let meta: UInt8 = 16
        static let keyed: UInt8 = 32
    }

    private var state = KeccakState()
    private var position: UInt8 = 0
    private var beginning: UInt8 = 0

    init(protocolLabel: StaticString) {
        for (index, byte) in [1, Self.rate + 2, 1, 0, 1, 96].enumerated() { state.xor(byte, at: index) }
        for (index, byte) in "STROBEv1.0.2".utf8.enumerated() { state.xor(byte, at: 6 + index) }
        state.permute()
        protocolLabel.withRawBytes { metaAD($0, more: false) }
    }

    @inline(__always)
    mutating func metaAD(_ bytes: UnsafeRawBufferPointer, more: Bool) {
        if !more { begin(Flags.meta | Flags.application) }
        absorb(bytes)
    }

    @inline(__always)
    mutating func ad(_ bytes: UnsafeRawBufferPointer) {
        begin(Flags.application)
        absorb(bytes)
    }

    /// Continues the last ``ad(_:)``.
    mutating func moreAD(_ bytes: UnsafeRawBufferPointer) { absorb(bytes) }

    mutating func key(_ bytes: UnsafeRawBufferPointer) {
        begin(Flags.application | Flags.cipher)
        for byte in bytes {
            state.set(byte, at: Int(position))
            advance()
        }
    }

    mutating func prf(into bytes: UnsafeMutableRawBufferPointer) {
        begin(Flags.inbound | Flags.application | Flags.cipher)
        for index in bytes.indices {
            bytes[index] = state.byte(at: Int(position))
            state.set(0, at: Int(position))
            advance()
        }
    }

    /// Forgets a state that was keyed with secrets.
    mutating func wipe() {
        withUnsafeMutableBytes(of: &self) { sodium_memzero($0.baseAddress, $0.count) }
    }

    private mutating func begin(_ flags: UInt8) {
        let previous = beginning
        beginning = position + 1
        state.xor(previous, at: Int(position))
        advance()
        state.xor(flags, at: Int(position))
        advance()
        if flags & (Flags.cipher | Flags.keyed) != 0, position != 0 { run() }
    }

    @inline(__always)
    private mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            state.xor(byte, at: Int(position))
            advance()
        }
    }

    @inline(__always)
    private mutating func advance() {
        position += 1
        if position == Self.rate { run() }
    }

    private mutating func run() {
        state.xor(beginning, at: Int(position))
        state.xor(0x04, at: Int(position) + 1)
        state.xor(0x80, at: Int(Self.rate) + 1)
        state.permute()
        position = 0
        beginning = 0
    }
}

extension StaticString {
    /// Lends the UTF-8 text for the call. Every literal of more than one character is stored as bytes.
    @inline(__always)
    func withRawBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        body(UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount))
    }
}
