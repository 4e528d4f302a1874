internal import Foundation
internal import Signing

/// The directory that makes a replica itself: its identity and its spool, locked while a process uses it.
final class StateDirectory: Sendable {
    let path: String
    /// Stays the same over restarts, so that a replica finds its leases again.
    let replica: String
    private let lock: Int32

    /// - Throws: ``MeteringError`` with code `stateDirectoryInUse` when another process has it, and
    ///   `stateDirectoryUnusable` when it can't be made or written.
    init(_ path: String) throws(MeteringError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Self.unusable("can't make the state directory \(path): \(error.localizedDescription)")
        }
        let descriptor = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Self.unusable("can't write in the state directory \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw MeteringError(
                .stateDirectoryInUse, source: .gateway,
                message: "another running thalamus uses the state directory \(path): give each its own")
        }
        do {
            replica = try Self.identity(in: path)
        } catch {
            close(descriptor)
            throw error
        }
        lock = descriptor
    }

    deinit { close(lock) }

    private static func identity(in path: String) throws(MeteringError) -> String {
        let file = "\(path)/replica"
        if let known = try? String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(
            in: .whitespacesAndNewlines),
            known.hasPrefix("replica_")
        {
            return known
        }
        var random = SystemRandomNumberGenerator()
        let fresh = "replica_" + Hex.encode((0..<12).map { _ in UInt8.random(in: 0...255, using: &random) })
        do {
            try (fresh + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        } catch {
            throw unusable("can't write \(file): \(error.localizedDescription)")
        }
        return fresh
    }

    private static func unusable(_ message: String) -> MeteringError {
        MeteringError(.stateDirectoryUnusable, source: .gateway, message: message)
    }
}
