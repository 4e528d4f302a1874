import NIOCore
import Testing

@testable import HTTPTransport

@Suite("Event loops") struct EventLoopsTests {
    @Test("runs a task and its children on one loop")
    func runsOnLoop() async throws {
        let loops = EventLoops(count: 2)
        await loops.run {
            guard let executor = loops.current else {
                Issue.record("not on a loop")
                return
            }
            try? await Task.sleep(for: .milliseconds(1))
            #expect(executor.loop.inEventLoop)
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { executor.loop.inEventLoop } }
                for await isOnLoop in group { #expect(isOnLoop) }
            }
            let nested = await loops.run { loops.current === executor }
            #expect(nested)
        }
        await loops.shutdown()
    }

    @Test("takes the loops in turn")
    func turns() async {
        let loops = EventLoops(count: 2)
        let first = loops.next()
        let second = loops.next()
        #expect(first !== second)
        #expect(loops.next() === first)
        await loops.shutdown()
    }

    @Test("is not confused by another group's loop")
    func foreignLoop() async {
        let loops = EventLoops(count: 1)
        let others = EventLoops(count: 1)
        await others.run { #expect(loops.current == nil) }
        await loops.shutdown()
        await others.shutdown()
    }
}
