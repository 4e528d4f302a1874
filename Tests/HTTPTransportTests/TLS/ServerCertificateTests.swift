import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("A server's certificate", .timeLimit(.minutes(1))) struct ServerCertificateTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "thalamus-certificate-\(UUID())")

    /// Puts a certificate and its key where the server looks for them.
    private func install(_ certificate: TestCertificate) throws -> TLSServerConfiguration {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let configuration = TLSServerConfiguration(
            certificateFile: folder.appending(path: "chain.pem").path, keyFile: folder.appending(path: "key.pem").path)
        for (source, target) in [
            (try certificate.chainFile(), configuration.certificateFile),
            (try certificate.keyFile(), configuration.keyFile),
        ] {
            // As the usual clients of certificate authorities do it: a new file under the old name.
            try FileManager.default.copyItem(atPath: source, toPath: target + ".new")
            rename(target + ".new", target)
        }
        return configuration
    }

    private func failure(_ body: () throws(TransportError) -> Void) -> TransportError? {
        do throws(TransportError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    private func expect(_ server: HTTPServer, trusting client: TLSContext, isServed: Bool) async throws {
        let peer = try await RawPeer.connect(to: server.port, tls: client)
        try? await peer.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        let answer = await peer.receive(until: "GET / ")
        #expect((answer != nil) == isServed)
    }

    @Test("is read again when it changed: new connections get the new one, open ones go on")
    func reload() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (old, new) = (try TestTLS(root: "Old Root"), try TestTLS(root: "New Root"))
        let files = try install(TestCertificate(TestName(name: "node"), by: old.intermediate))
        let certificate = try ServerCertificate(files)
        #expect(try !certificate.reload())
        try await withServer {
            $0.tls = certificate
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let open = try await RawPeer.connect(to: server.port, tls: old.client())
            try await open.send("GET /1 HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(await open.receive(until: "GET /1 ") != nil)
            _ = try install(TestCertificate(TestName(name: "node"), by: new.intermediate))
            #expect(try certificate.reload())
            #expect(try !certificate.reload())
            try await expect(server, trusting: new.client(), isServed: true)
            try await expect(server, trusting: old.client(), isServed: false)
            try await open.send("GET /2 HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(await open.receive(until: "GET /2 ") != nil)
        }
    }

    @Test("stays in force when the new files can't be used, and is complained of once")
    func badFiles() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let tls = try TestTLS()
        let files = try install(TestCertificate(TestName(name: "node"), by: tls.intermediate))
        let certificate = try ServerCertificate(files)
        let other = try TestCertificate(TestName(name: "node"), by: tls.intermediate)
        try FileManager.default.removeItem(atPath: files.keyFile)
        try FileManager.default.copyItem(atPath: other.keyFile(), toPath: files.keyFile)
        let error = failure { () throws(TransportError) in _ = try certificate.reload() }
        #expect(error?.code == .invalidConfiguration)
        #expect(try !certificate.reload())
        try await withServer {
            $0.tls = certificate
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            try await expect(server, trusting: tls.client(), isServed: true)
        }
        _ = try install(other)
        #expect(try certificate.reload())
    }

    @Test("a key with a passphrase is refused, and nobody is asked for it")
    func encryptedKey() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = try install(TestCertificate(TestName(name: "node")))
        let encrypted = """
            -----BEGIN RSA PRIVATE KEY-----
            Proc-Type: 4,ENCRYPTED
            DEK-Info: AES-256-CBC,0123456789ABCDEF0123456789ABCDEF

            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
            -----END RSA PRIVATE KEY-----

            """
        try Data(encrypted.utf8).write(to: URL(filePath: files.keyFile))
        let error = failure { () throws(TransportError) in _ = try ServerCertificate(files) }
        #expect(error?.message.contains("without a passphrase") == true)
    }
}
