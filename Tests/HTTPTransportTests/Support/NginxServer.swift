import Foundation
import NIOCore
import NIOPosix

@testable import HTTPTransport

/// The system's nginx on loopback, with TLS and HTTP/2.
final class NginxServer {
    let port: Int
    private let process: Process
    private let folder: URL
    private let ended = Event()

    /// - Parameters:
    ///   - certificate: with the key that is in `keyFile`, for the server.
    ///   - settings: lines of its `server` block.
    static func start(certificateFile: String, keyFile: String, settings: String) async throws -> NginxServer {
        // Somebody else may have the port.
        for _ in 0..<5 {
            let server = try NginxServer(certificateFile, keyFile, settings)
            if await server.isListening() { return server }
            await server.stop()
        }
        throw TransportError(.bindFailed, .gateway, "nginx does not start; is /usr/sbin/nginx there?")
    }

    private init(_ certificateFile: String, _ keyFile: String, _ settings: String) throws {
        // Below those that the system gives to others by itself.
        port = Int.random(in: 20_000..<32_000)
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("nginx-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let text = """
            daemon off;
            master_process off;
            pid nginx.pid;
            events {}
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                server {
                    listen 127.0.0.1:\(port) ssl http2;
                    ssl_certificate \(certificateFile);
                    ssl_certificate_key \(keyFile);
                    root \(folder.path);
                    \(settings)
                }
            }
            """
        let file = folder.appendingPathComponent("nginx.conf")
        try text.write(to: file, atomically: true, encoding: .utf8)
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/sbin/nginx")
        process.arguments = ["-p", folder.path, "-c", file.path, "-e", "stderr"]
        process.standardError = FileHandle.nullDevice
        process.terminationHandler = { [ended] _ in ended.happened() }
        try process.run()
    }

    /// Puts a file where nginx serves it.
    func write(_ text: String, to name: String) throws {
        try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }

    private func isListening() async -> Bool {
        let end = ContinuousClock.now + .seconds(10)
        while process.isRunning, .now < end {
            let probe = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            if let probe {
                try? await probe.close().get()
                return process.isRunning
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    func stop() async {
        // It inherits the signals that event loops block.
        kill(process.processIdentifier, SIGKILL)
        await ended.wait()
        try? FileManager.default.removeItem(at: folder)
    }
}
