import CAllocations

/// What one operation costs.
struct Measurement {
    let name: String
    /// Of the fastest sample: on a busy machine the others hold other programs' work too.
    let nanoseconds: Double
    let allocations: Double

    /// Measures several operations in turns, so that a change of the machine's speed meets all of them alike.
    ///
    /// - Parameter work: each runs its operation as often as it is told.
    static func inTurns(_ work: [(name: String, body: (_ times: Int) -> Void)], samples: Int = 61) -> [Measurement] {
        let times = work.map { repetitions(of: $0.body) }
        var durations = work.map { _ in [Double]() }
        for _ in 0..<samples {
            for index in work.indices {
                durations[index].append(duration(of: work[index].body, times[index]) / Double(times[index]))
            }
        }
        return work.indices.map { index in
            let before = thalamus_allocation_count()
            work[index].body(times[index])
            let allocations = Double(thalamus_allocation_count() - before) / Double(times[index])
            return Measurement(
                name: work[index].name, nanoseconds: durations[index].min() ?? 0,
                allocations: (allocations * 100).rounded() / 100)
        }
    }

    /// As many as take about 4 ms.
    private static func repetitions(of body: (Int) -> Void) -> Int {
        var times = 1
        while times < 1 << 20, duration(of: body, times) < 4_000_000 { times *= 2 }
        return times
    }

    private static func duration(of body: (Int) -> Void, _ times: Int) -> Double {
        let clock = ContinuousClock()
        let elapsed = clock.measure { body(times) }
        return Double(elapsed.components.seconds) * 1e9 + Double(elapsed.components.attoseconds) / 1e9
    }
}
