/// A Merlin transcript: what both sides of a proof have said, from which challenges are drawn.
///
/// A value: a copy continues on its own, so that a shared prefix is absorbed once.
///
/// - Source: merlin.cool; `transcript.rs` of merlin 3. Labels separate the messages.
struct Transcript {
    private var strobe: Strobe128

    init(_ label: StaticString) {
        strobe = Strobe128(protocolLabel: "Merlin v1.0")
        label.withRawBytes { append("dom-sep", $0) }
    }

    @inline(__always)
    mutating func append(_ label: StaticString, _ message: UnsafeRawBufferPointer) {
        frame(label, count: message.count)
        strobe.ad(message)
    }

    mutating func append(_ label: StaticString, _ message: [UInt8]) {
        message.withUnsafeBytes { append(label, $0) }
    }

    /// Appends the beginning of a message of `count` bytes; ``appendRest(_:)`` must bring the others.
    mutating func appendBeginning(_ label: StaticString, _ bytes: [UInt8], of count: Int) {
        frame(label, count: count)
        bytes.withUnsafeBytes { strobe.ad($0) }
    }

    mutating func appendRest(_ bytes: [UInt8]) { bytes.withUnsafeBytes { strobe.moreAD($0) } }

    mutating func challenge(_ label: StaticString, into bytes: UnsafeMutableRawBufferPointer) {
        frame(label, count: bytes.count)
        strobe.prf(into: bytes)
    }

    /// Fills `bytes` with values that nobody can predict who lacks either the secret or the randomness.
    ///
    /// The transcript itself is left alone: the values come from a copy of it.
    func witness(
        _ label: StaticString, secret: UnsafeRawBufferPointer, randomness: UnsafeRawBufferPointer,
        into bytes: UnsafeMutableRawBufferPointer
    ) {
        var copy = self
        copy.frame(label, count: secret.count)
        copy.strobe.key(secret)
        ("rng" as StaticString).withRawBytes { copy.strobe.metaAD($0, more: false) }
        copy.strobe.key(randomness)
        withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { copy.strobe.metaAD($0, more: false) }
        copy.strobe.prf(into: bytes)
        copy.strobe.wipe()
    }

    mutating func wipe() { strobe.wipe() }

    @inline(__always)
    private mutating func frame(_ label: StaticString, count: Int) {
        label.withRawBytes { strobe.metaAD($0, more: false) }
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: count).littleEndian) { strobe.metaAD($0, more: true) }
    }
}
