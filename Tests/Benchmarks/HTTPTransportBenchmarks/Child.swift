import Glibc

/// A started program, found through `PATH`. Foundation's `Process` waits for ever for some that have ended.
struct Child {
    let identifier: pid_t

    /// - Parameter output: where its standard output goes; nil leaves ours.
    init(_ arguments: [String], output: Int32? = nil) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output { posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) }
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var identifier = pid_t()
        guard posix_spawnp(&identifier, arguments[0], &actions, nil, &words, environ) == 0 else {
            throw Failure("cannot start \(arguments.joined(separator: " "))")
        }
        self.identifier = identifier
    }

    /// Waits for its end; whether it was a success.
    func isSuccess() -> Bool {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        return status == 0
    }

    /// Everything that a program prints.
    static func output(of arguments: [String]) throws -> String {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemFailure(call: "pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let child = try Child(arguments, output: ends[1])
        close(ends[1])
        defer { close(ends[0]) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while case let count = read(ends[0], &buffer, buffer.count), count > 0 { text += buffer[..<count] }
        let printed = String(decoding: text, as: UTF8.self)
        guard child.isSuccess() else { throw Failure("\(arguments.joined(separator: " ")): \(printed)") }
        return printed
    }
}
