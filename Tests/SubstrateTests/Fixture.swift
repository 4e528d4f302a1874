import Foundation
import JSON
import NIOCore
import Substrate
import Testing

/// Files of `Tests/Fixtures`.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures")

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: path)))
    }

    static func json(_ path: String) throws -> JSONElement {
        try JSONDocument(parsing: ByteBuffer(bytes: bytes(path))).root
    }

    static let metadataPath = "subtensor@461/metadata_v15.scale"
    static let codec: RuntimeCodec? = try? RuntimeCodec(Metadata(decoding: bytes(metadataPath)))
}

extension JSONElement {
    func list(_ name: String) throws -> [JSONElement] { Array(try #require(self[name]).elements) }
    func text(_ name: String) throws -> String { try #require(self[name]?.string, "\(name)") }
    func hex(_ name: String) throws -> [UInt8] { try #require([UInt8](hex: text(name)), "\(name)") }
    func number<T: FixedWidthInteger>(_ name: String) throws -> T {
        try #require(self[name]?.uint64.flatMap(T.init(exactly:)), "\(name)")
    }
    var exactText: String { String(buffer: rawBytes) }
}

extension [UInt8] {
    /// From hex text with or without `0x`; nil for anything else.
    init?(hex: String) {
        let digits = hex.hasPrefix("0x") ? hex.dropFirst(2) : hex[...]
        guard digits.count.isMultiple(of: 2) else { return nil }
        self = []
        var index = digits.startIndex
        while index < digits.endIndex {
            let next = digits.index(index, offsetBy: 2)
            guard let byte = UInt8(digits[index..<next], radix: 16) else { return nil }
            append(byte)
            index = next
        }
    }

    var hex: String { "0x" + map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}

/// A generator whose sequence a seed decides, so that a failing mutation can be repeated.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
