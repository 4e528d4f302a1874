import Testing

@testable import Signing

@Suite("BLS12-381: scalars") struct ScalarTests {
    @Test("are reduced modulo the groups' order") func reduction() {
        let order = Scalar.order.reversed().flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
        #expect(Scalar(reducing: order).words == [0, 0, 0, 0])
        #expect(
            Scalar(reducing: Array(order.dropLast()) + [2]).bigEndianBytes == [UInt8](repeating: 0, count: 31) + [1])
        // 2^256 - 1 is 2r and a rest.
        let largest = Scalar(reducing: [UInt8](repeating: 0xff, count: 32))
        #expect(
            Hex.encode(largest.bigEndianBytes)
                == "1824b159acc5056f998c4fefecbc4ff55884b7fa0003480200000001fffffffd")
    }
}
