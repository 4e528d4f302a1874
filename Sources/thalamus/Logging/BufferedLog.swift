import Foundation
import Logging
import Synchronization

/// Writes log lines to standard error from a thread of its own, so that no event loop waits for a pipe.
///
/// At most ``capacity`` bytes wait; lines beyond that are dropped and counted, and the count is told when there is room.
final class BufferedLog: Sendable {
    static let shared = BufferedLog()
    static let capacity = 4 << 20

    private struct State {
        var lines: [UInt8] = []
        var dropped = 0
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    /// Held while bytes are on their way to the descriptor.
    private let writing = Mutex(())

    private init() {
        let thread = Thread { [self] in
            while true {
                wake.wait()
                flush()
            }
        }
        thread.name = "log"
        thread.start()
    }

    func write(_ line: String) {
        let isFirst = state.withLock { state in
            guard state.lines.count + line.utf8.count < Self.capacity else {
                state.dropped += 1
                return false
            }
            let isFirst = state.lines.isEmpty
            state.lines.append(contentsOf: line.utf8)
            return isFirst
        }
        if isFirst { wake.signal() }
    }

    /// Writes what waits; called at exit too.
    func flush() {
        writing.withLock { _ in
            let (lines, dropped) = state.withLock { state in
                defer { state = State() }
                return (state.lines, state.dropped)
            }
            put(lines)
            if dropped > 0 { put(Array("\(dropped) log lines were dropped: standard error is slow\n".utf8)) }
        }
    }

    private func put(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
        }
    }
}
