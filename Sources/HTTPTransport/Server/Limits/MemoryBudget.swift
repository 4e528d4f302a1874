import Synchronization

/// What all requests under way may hold together: past it the server sheds load instead of growing.
final class MemoryBudget: Sendable {
    /// What a request costs besides its body.
    static let perRequest = 16 * 1_024
    /// How much of that is for its head.
    static let perHeader = 8 * 1_024
    /// What one part of a request costs, besides its bytes, that waits behind the request before it.
    static let perQueuedPart = 256

    private let limit: Int
    private let used = Atomic<Int>(0)

    init(bytes: Int) {
        limit = bytes
    }

    /// - Parameter isSmall: for a request without a body. The last tenth is kept for these, so that the liveness
    ///   checks are answered while bodies fill the rest.
    fileprivate func take(_ bytes: Int, isSmall: Bool) -> Bool {
        // First, so that no sum of what clients declare overflows.
        guard bytes <= limit else { return false }
        let now = used.wrappingAdd(bytes, ordering: .relaxed).newValue
        if now <= (isSmall ? limit : limit - limit / 10) { return true }
        used.wrappingSubtract(bytes, ordering: .relaxed)
        return false
    }

    fileprivate func add(_ bytes: Int) {
        used.wrappingAdd(bytes, ordering: .relaxed)
    }

    fileprivate func give(_ bytes: Int) {
        used.wrappingSubtract(bytes, ordering: .relaxed)
    }
}

/// One request's part of a ``MemoryBudget``.
struct MemoryShare {
    private let budget: MemoryBudget
    private var held = 0
    private var besides = MemoryBudget.perRequest

    init(of budget: MemoryBudget) {
        self.budget = budget
    }

    /// A request has begun.
    ///
    /// - Parameter headerBytes: of the target, names and values; what is in ``MemoryBudget/perRequest`` for them comes off.
    /// - Returns: whether there is room; otherwise the request is shed.
    mutating func begin(bodyBytes: Int, headerBytes: Int) -> Bool {
        release()
        besides = MemoryBudget.perRequest + max(0, headerBytes - MemoryBudget.perHeader)
        let (bytes, isOverflow) = besides.addingReportingOverflow(bodyBytes)
        guard !isOverflow, budget.take(bytes, isSmall: bodyBytes == 0) else { return false }
        held = bytes
        return true
    }

    /// The body has grown to so many bytes.
    mutating func grow(toBodyBytes bodyBytes: Int) -> Bool {
        let missing = besides + bodyBytes - held
        guard missing > 0 else { return true }
        guard budget.take(missing, isSmall: false) else { return false }
        held += missing
        return true
    }

    /// The answer waits for a slow reader: it exists already and counts.
    mutating func add(_ bytes: Int) {
        budget.add(bytes)
        held += bytes
    }

    mutating func release() {
        guard held > 0 else { return }
        budget.give(held)
        held = 0
    }
}
