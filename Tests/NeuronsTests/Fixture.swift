import Foundation
import HTTPTransport
import JSON
import NIOCore
import Neurons
import Signing
import Testing

/// Vectors of the SDKs under `Tests/Fixtures`.
enum Fixture {
    static func json(_ path: String) throws -> JSONElement {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appending(path: "Fixtures/\(path)"))
        return try JSONDocument(parsing: ByteBuffer(bytes: data)).root
    }

    static let dendrite = "bittensor@10.5.0/dendrite_v10.json"
    static let btauth = "bittensor@11.3.0/btauth.json"
    static let btauthVerify = "bittensor@11.3.0/btauth_verify.json"
}

extension JSONElement {
    func text(_ name: String) throws -> String { try #require(self[name]?.string) }
}

extension Miner {
    /// The miner of this key on loopback.
    static func fixture(_ uri: String = "//Bob", port: UInt16 = 8091) throws -> Miner {
        let ip = try #require(IPAddress("127.0.0.1"))
        return Miner(
            uid: 1, hotkey: Hotkey(try SR25519KeyPair(uri: uri).accountID),
            address: try DialPolicy.loopbackOnly.vet(ip, port: port))
    }
}
