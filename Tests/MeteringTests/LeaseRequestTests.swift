import Testing

@testable import Metering

@Suite("Lease slices") struct LeaseRequestTests {
    @Test(
        "of a window are what waits, more only of large limits",
        arguments: [
            (limit: 60, granted: 0, waiting: 1, taken: 1), (limit: 60, granted: 0, waiting: 200, taken: 60),
            (limit: 600, granted: 0, waiting: 1, taken: 1), (limit: 60, granted: 59, waiting: 5, taken: 1),
            (limit: 60, granted: 60, waiting: 5, taken: 0),
            (limit: 10_000, granted: 0, waiting: 1, taken: 100), (limit: 10_000, granted: 9_990, waiting: 1, taken: 1),
            (limit: 10, granted: 20, waiting: 1, taken: 0),
        ] as [(limit: Int64, granted: Int64, waiting: Int64, taken: Int64)])
    func window(limit: Int64, granted: Int64, waiting: Int64, taken: Int64) {
        #expect(LeaseRequest.slice(ofWindow: limit, granted: granted, waiting: waiting) == taken)
    }

    @Test(
        "of a budget shrink to the requests that still fit",
        arguments: [
            (remaining: 16_000, amounts: [10], available: 0, amount: 1_000, isExhausted: false),
            (remaining: 100, amounts: [60], available: 0, amount: 60, isExhausted: false),
            (remaining: 100, amounts: [60, 60, 30], available: 0, amount: 90, isExhausted: true),
            (remaining: 100, amounts: [60, 60], available: 20, amount: 100, isExhausted: false),
            (remaining: 0, amounts: [1], available: 0, amount: 0, isExhausted: true),
            (remaining: nil, amounts: [5, 6], available: 1, amount: 10, isExhausted: false),
            (remaining: 50, amounts: [10], available: -20, amount: 30, isExhausted: false),
            (remaining: .max, amounts: [.max, .max], available: 0, amount: .max, isExhausted: false),
        ] as [(remaining: Int64?, amounts: [Int64], available: Int64, amount: Int64, isExhausted: Bool)])
    func budget(remaining: Int64?, amounts: [Int64], available: Int64, amount: Int64, isExhausted: Bool) {
        let slice = LeaseRequest.slice(ofBudget: remaining, amounts: amounts, available: available)
        #expect(slice.amount == amount)
        #expect(slice.isExhausted == isExhausted)
    }
}
