import CEpoll
import Glibc

/// Nanoseconds of the monotonic clock, which all processes of a machine share.
var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

struct SystemFailure: Error {
    let call: String
    let number: Int32 = errno
}

/// Which of many sockets can be read or written.
final class Poller {
    private let descriptor: Int32
    private var events = [epoll_event](repeating: epoll_event(), count: 512)

    init() throws {
        descriptor = epoll_create1(0)
        guard descriptor >= 0 else { throw SystemFailure(call: "epoll_create1") }
    }

    deinit { close(descriptor) }

    func add(_ socket: Int32) { control(EPOLL_CTL_ADD, socket, thalamus_epoll_in()) }

    func wantsToWrite(_ socket: Int32, _ wants: Bool) {
        control(EPOLL_CTL_MOD, socket, wants ? thalamus_epoll_in() | thalamus_epoll_out() : thalamus_epoll_in())
    }

    private func control(_ operation: Int32, _ socket: Int32, _ events: UInt32) {
        var event = thalamus_epoll_event(events, socket)
        epoll_ctl(descriptor, operation, socket, &event)
    }

    /// Calls `body` with every socket that is ready, after at most `nanoseconds`.
    func wait(_ nanoseconds: Int64, _ body: (Int32) throws -> Void) rethrows {
        let count = thalamus_epoll_wait(descriptor, &events, Int32(events.count), nanoseconds)
        guard count > 0 else { return }
        for event in events[..<Int(count)] { try body(thalamus_epoll_descriptor(event)) }
    }
}

/// TCP on the loopback interface, without Nagle's algorithm.
enum Loopback {
    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    static func connect(to port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let failure = SystemFailure(call: "connect to \(port)")
            close(descriptor)
            throw failure
        }
        prepare(descriptor)
        return descriptor
    }

    static func listen(on port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        set(descriptor, SOL_SOCKET, SO_REUSEADDR)
        var address = address(port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, Glibc.listen(descriptor, 4_096) == 0 else { throw SystemFailure(call: "listen on \(port)") }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> Int {
        let descriptor = try listen(on: 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    static func prepare(_ descriptor: Int32) {
        set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32) {
        var one: Int32 = 1
        setsockopt(descriptor, level, option, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    /// How many of the bytes the kernel took at once.
    static func send(_ bytes: some Collection<UInt8>, on descriptor: Int32) -> Int {
        let sent = bytes.withContiguousStorageIfAvailable {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        return max(0, sent ?? 0)
    }
}
