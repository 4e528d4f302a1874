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

    static let codec: RuntimeCodec? = try? RuntimeCodec(Metadata(decoding: bytes("subtensor@461/metadata_v15.scale")))
}

extension JSONElement {
    func list(_ name: String) throws -> [JSONElement] { Array(try #require(self[name]).elements) }
    func text(_ name: String) throws -> String { try #require(self[name]?.string, "\(name)") }
    func number<T: FixedWidthInteger>(_ name: String) throws -> T {
        try #require(self[name]?.uint64.flatMap(T.init(exactly:)), "\(name)")
    }
}
