import Testing

@testable import HTTPTransport

/// Requests whose head is small on the wire and large behind it (table B2 of the threat model).
@Suite("HTTP/2 header bombs", .serialized) struct HTTP2BombTests {
    struct Bomb: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let frames: [CaseFrame]
    }

    private static let request = FieldBlock.request()
    private static let large = FieldBlock.indexedLiteral("x-bomb", String(repeating: "a", count: 4_000))

    static let bombs: [Bomb] = [
        Bomb(
            testDescription: "a field of 4 KB, named 12,000 times",
            frames: [.headers(1, request + large + Array(repeating: 0xbe, count: 12_000))]),
        Bomb(
            testDescription: "a field of 4 KB, named 16,000 times in each CONTINUATION",
            frames: continued(request + large, Array(repeating: Array(repeating: 0xbe, count: 16_000), count: 6))),
        Bomb(
            testDescription: "fields of nothing",
            frames: continued(request, Array(repeating: many([0x00, 0x01, 0x61, 0x00], 4_000), count: 6))),
        Bomb(
            testDescription: "a name of the static table without a value, 5,000 times",
            frames: [.headers(1, request + many([0x0f, 0x2b, 0x00], 5_000))]),
        Bomb(
            testDescription: "a field of 90 KB",
            frames: continued(
                request + [0x00, 0x01, 0x78] + FieldBlock.integer(90_000, prefix: 7),
                Array(repeating: Array(repeating: 0x61, count: 15_000), count: 6))),
        Bomb(
            testDescription: "a path of 60 KB",
            frames: continued(
                FieldBlock.request(path: nil) + [0x00] + FieldBlock.string(Array(":path".utf8))
                    + FieldBlock.integer(60_000, prefix: 7) + [0x2f],
                [15_000, 15_000, 15_000, 14_999].map { Array(repeating: 0x61, count: $0) })),
        Bomb(
            testDescription: "crumbs of cookies",
            frames: [.headers(1, request + many(FieldBlock.literal("cookie", "a=1"), 1_000))]),
        Bomb(
            testDescription: "a table that is filled anew by every field",
            frames: continued(request, Array(repeating: large + large + large, count: 7))),
        Bomb(
            testDescription: "Huffman strings at their greatest expansion",
            frames: continued(
                request + [0x00, 0x01, 0x78] + FieldBlock.integer(75_000, prefix: 7, pattern: 0x80),
                // Five bits each: the letter a.
                Array(repeating: many([0x18, 0xc6, 0x31, 0x8c, 0x63], 3_000), count: 5))),
    ]

    @Test("are refused before the request is answered", arguments: bombs)
    func bomb(bomb: Bomb) async throws {
        let probe = ResponderProbe()
        try await withConformanceServer(probe: probe) { server in
            let peer = try await CasePeer.connect(to: server.port)
            _ = try #require(await peer.shakeHands())
            let before = ResidentMemory.bytes
            await peer.send(bomb.frames.map(\.bytes))
            let end = await peer.next { $0.status != nil || $0.errorCode != nil }
            #expect(end?.status == 431 || end?.status == 414 || end?.errorCode != nil, "\(String(describing: end))")
            #expect(probe.requests.value == 0)
            #expect(ResidentMemory.bytes - before < 32 << 20)
            await peer.close()
            try await expectAnswer(from: server)
        }
    }

    @Test("are refused as trailers too") func trailers() async throws {
        try await withConformanceServer { server in
            let peer = try await CasePeer.connect(to: server.port)
            _ = try #require(await peer.shakeHands())
            await peer.send(.post(1), .data(1))
            let block = Self.large + Array(repeating: 0xbe, count: 12_000)
            await peer.send(.headers(1, block))
            let end = await peer.next { $0.status != nil || $0.errorCode != nil }
            #expect(end?.status == 431 || end?.errorCode != nil, "\(String(describing: end))")
            await peer.close()
            try await expectAnswer(from: server)
        }
    }

    private static func many(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        Array(repeating: bytes, count: count).flatMap { $0 }
    }

    private static func continued(_ first: [UInt8], _ rest: [[UInt8]]) -> [CaseFrame] {
        [.headers(1, first, endHeaders: false)]
            + rest.dropLast().map { .continuation(1, $0, endHeaders: false) }
            + rest.suffix(1).map { .continuation(1, $0) }
    }
}
