import Foundation
import Signing

/// Vectors of the reference implementations under `Tests/Fixtures`.
enum Fixture {
    static func load<T: Decodable>(_ path: String, as type: T.Type = T.self) throws -> T {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try JSONDecoder().decode(T.self, from: Data(contentsOf: folder.appending(path: "Fixtures/\(path)")))
    }

    struct Rows<Row: Decodable>: Decodable { let rows: [Row] }
}

/// `0x` text in a fixture.
struct HexBytes: Decodable, Equatable {
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        bytes = try Hex.decode(decoder.singleValueContainer().decode(String.self))
    }

    var account: AccountID? { AccountID(bytes: bytes) }
}
