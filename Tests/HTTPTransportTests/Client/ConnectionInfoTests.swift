import Testing

@testable import HTTPTransport

@Suite("Connection info") struct ConnectionInfoTests {
    @Test("nonces rise strictly and are unix nanoseconds")
    func nonces() {
        let info = ConnectionInfo()
        let before = WallClock.unixNanoseconds()
        var last: UInt64 = 0
        for _ in 0..<10_000 {
            let nonce = info.nextNonce()
            #expect(nonce > last)
            last = nonce
        }
        #expect(last >= before && last < before + 10_000_000_000)
    }

    @Test("each connection has its own version 4 UUID")
    func uuids() {
        var seen: Set<String> = []
        for _ in 0..<1_000 {
            let uuid = ConnectionInfo().uuid
            let groups = uuid.split(separator: "-").map(\.count)
            #expect(groups == [8, 4, 4, 4, 12])
            #expect(uuid.allSatisfy { $0 == "-" || ($0.isHexDigit && !$0.isUppercase) })
            #expect(Array(uuid)[14] == "4")
            #expect("89ab".contains(Array(uuid)[19]))
            #expect(seen.insert(uuid).inserted)
        }
    }
}
