import Foundation

/// A server process, pinned to one core; it ends with its owner.
final class Peer {
    let name: String
    let port: Int
    private let process: Child

    /// Starts `program` and returns when it accepts connections.
    init(_ name: String, port: Int, _ program: String, _ arguments: [String], processor: Int) throws {
        self.name = name
        self.port = port
        process = try Child(["setpriv", "--pdeathsig", "KILL", "taskset", "-c", "\(processor)", program] + arguments)
        let limit = now + 10_000_000_000
        while true {
            if let descriptor = try? Loopback.connect(to: port) {
                close(descriptor)
                return
            }
            guard now < limit else { throw Failure("\(name) does not start") }
            usleep(10_000)
        }
    }

    deinit {
        kill(process.identifier, SIGKILL)
        _ = process.isSuccess()
    }

    /// One of this executable's own servers.
    static func own(_ command: String, processor: Int, _ arguments: [String] = []) throws -> Peer {
        let port = try Loopback.freePort()
        guard let program = Bundle.main.executablePath else { throw Failure("the executable has no path") }
        return try Peer(command, port: port, program, [command, "--port", "\(port)"] + arguments, processor: processor)
    }

    /// How many descriptors a process may have.
    static var maximumDescriptors: Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    /// CPU time of all threads, in ns.
    func cpu() throws -> Double {
        let tasks = "/proc/\(process.identifier)/task"
        return try FileManager.default.contentsOfDirectory(atPath: tasks).reduce(0) { sum, task in
            let line = try String(contentsOfFile: "\(tasks)/\(task)/schedstat", encoding: .utf8)
            return sum + (line.split(separator: " ").first.flatMap { Double($0) } ?? 0)
        }
    }

    /// Resident memory, in MB.
    func memory() throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) else {
            throw Failure("\(name) has ended")
        }
        return kilobytes * 1_024 / 1e6
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A folder that goes with its user.
final class Folder {
    let path = NSTemporaryDirectory() + "thalamus-transport-bench-" + UUID().uuidString
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        return "\(path)/\(name)"
    }
}
