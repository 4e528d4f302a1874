import Testing

@testable import Metering

@Suite("Lease slices") struct LeaseRequestTests {
    private static func need(_ kind: LimitKind, _ amounts: [Int64], available: Int64 = 0) -> LeaseRequest.Need {
        LeaseRequest.Need(
            subject: .key("k"), kind: kind, start: 0, ceiling: 0, amounts: amounts, available: available)
    }

    @Test(
        "of a window are what waits, more only of large limits",
        arguments: [
            (limit: 60, taken: 0, waiting: 1, amount: 1), (limit: 60, taken: 0, waiting: 200, amount: 60),
            (limit: 600, taken: 0, waiting: 1, amount: 1), (limit: 60, taken: 59, waiting: 5, amount: 1),
            (limit: 60, taken: 60, waiting: 5, amount: 0),
            (limit: 10_000, taken: 0, waiting: 1, amount: 100), (limit: 10_000, taken: 9_990, waiting: 1, amount: 1),
            (limit: 10, taken: 20, waiting: 1, amount: 0),
        ] as [(limit: Int64, taken: Int64, waiting: Int, amount: Int64)])
    func window(limit: Int64, taken: Int64, waiting: Int, amount: Int64) {
        let need = Self.need(.requestsPerMinute, Array(repeating: 1, count: waiting))
        let slice = LeaseRequest.slice(ofWindow: limit, taken: taken, need: need)
        #expect(slice.amount == amount)
        #expect((slice.leastRefused != nil) == (waiting > max(0, limit - taken)))
    }

    @Test(
        "of a budget shrink to the requests that still fit",
        arguments: [
            (remaining: 16_000, amounts: [10], available: 0, amount: 1_000, leastRefused: nil),
            (remaining: 100, amounts: [60], available: 0, amount: 60, leastRefused: nil),
            (remaining: 100, amounts: [60, 70, 30, 80], available: 0, amount: 90, leastRefused: 70),
            (remaining: 100, amounts: [60, 60], available: 20, amount: 100, leastRefused: nil),
            (remaining: 0, amounts: [1], available: 0, amount: 0, leastRefused: 1),
            (remaining: .max, amounts: [.max, .max], available: 0, amount: .max, leastRefused: nil),
        ] as [(remaining: Int64, amounts: [Int64], available: Int64, amount: Int64, leastRefused: Int64?)])
    func budget(remaining: Int64, amounts: [Int64], available: Int64, amount: Int64, leastRefused: Int64?) {
        let slice = LeaseRequest.slice(ofBudget: remaining, need: Self.need(.spend, amounts, available: available))
        #expect(slice.amount == amount)
        #expect(slice.leastRefused == leastRefused)
    }
}
