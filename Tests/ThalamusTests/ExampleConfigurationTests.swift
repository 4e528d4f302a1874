import Devnet
import Foundation
import HTTPTransport
import Metering
import Subnets
import Testing
import Validator

@testable import thalamus

/// The examples in `config/` show every key there is, with its default.
@Suite("Example configurations") struct ExampleConfigurationTests {
    private let root: URL

    init() {
        var root = URL(filePath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        self.root = root
    }

    private func example(_ name: String) -> String { root.appending(path: "config/\(name)").path }

    @Test("are good") func good() throws {
        let configuration = try ThalamusConfiguration(fileAt: example("thalamus.example.yaml"))
        #expect(configuration.models.map(\.id) == ["thalamus-text", "thalamus-embedding"])
        #expect(throws: Never.self) { try DevnetConfiguration(fileAt: example("devnet.example.yaml")) }
    }

    @Test("show the defaults") func defaults() throws {
        let shown = try ThalamusConfiguration(fileAt: example("thalamus.example.yaml"))
        let standard = ThalamusConfiguration()
        #expect(shown.server.maximumBodyBytes == standard.server.maximumBodyBytes)
        #expect(shown.server.maximumConnections == standard.server.maximumConnections)
        #expect(shown.server.maximumHeaderBytes == standard.server.maximumHeaderBytes)
        #expect(shown.server.maximumHeaderCount == standard.server.maximumHeaderCount)
        #expect(shown.server.maximumTargetBytes == standard.server.maximumTargetBytes)
        #expect(shown.server.headerTimeout == standard.server.headerTimeout)
        #expect(shown.server.bodyTimeout == standard.server.bodyTimeout)
        #expect(shown.server.idleTimeout == standard.server.idleTimeout)
        #expect(shown.server.writeTimeout == standard.server.writeTimeout)
        #expect(shown.server.http2 == standard.server.http2)
        #expect(shown.drainGrace == standard.drainGrace)
        #expect(shown.metering.maximumConnections == standard.metering.maximumConnections)
        #expect(shown.metering.connectTimeout == standard.metering.connectTimeout)
        #expect(shown.metering.statementTimeout == standard.metering.statementTimeout)
        #expect(shown.metering.uploadInterval == standard.metering.uploadInterval)
        #expect(shown.metering.outageGrace == standard.metering.outageGrace)
        #expect(shown.metering.leaseLifetime == standard.metering.leaseLifetime)
        #expect(shown.metering.segmentBytes == standard.metering.segmentBytes)
        #expect(shown.metering.maximumSpoolBytes == standard.metering.maximumSpoolBytes)
        #expect(shown.metering.cachedKeys == standard.metering.cachedKeys)
        #expect(shown.chain.network == standard.chain.network)
        #expect(shown.chain.headTimeout == standard.chain.headTimeout)
        #expect(shown.chain.maximumLag == standard.chain.maximumLag)
        #expect(shown.logLevel == standard.logLevel)
        #expect(shown.validation.isEnabled == standard.validation.isEnabled)
        #expect(shown.validation.configuration.probeInterval == standard.validation.configuration.probeInterval)
        #expect(
            shown.validation.configuration.minimumObservations == standard.validation.configuration.minimumObservations)
        let model = try #require(shown.models.first)
        let plain = ModelConfiguration(id: "", netuid: model.netuid, price: .free)
        #expect(model.deadline == plain.deadline && model.attemptTimeout == plain.attemptTimeout)
        #expect(model.streamTimeout == plain.streamTimeout && model.bestWindow == plain.bestWindow)
        #expect(model.maximumTokens == plain.maximumTokens && model.contextTokens == plain.contextTokens)
        #expect(model.maximumAttempts == plain.maximumAttempts && model.fanOut == plain.fanOut)
    }

    @Test(
        "name every key that the readers know",
        arguments: [
            (
                "thalamus.example.yaml",
                [
                    "ThalamusConfiguration+File", "ThalamusConfiguration+Admin", "SubnetConfiguration+File",
                    "ModelConfiguration+File", "StaticMiner",
                ]
            ),
            ("devnet.example.yaml", ["DevnetConfiguration+File"]),
        ])
    func keys(file: String, readers: [String]) throws {
        let shown = try String(contentsOfFile: example(file), encoding: .utf8)
        for reader in readers {
            let source = try String(
                contentsOf: root.appending(path: "Sources/thalamus/Configuration/\(reader).swift"), encoding: .utf8)
            let pattern = /(?:text|int|bool|duration|choice|texts|pairs|sections?|fields|account|micros)\("([a-z_]+)"/
            for match in source.matches(of: pattern) {
                #expect(shown.contains("\(match.1):"), "\(match.1) is not in config/\(file)")
            }
        }
    }
}

@Suite("Configuration files") struct ConfigurationReaderTests {
    private func read(_ yaml: String) throws -> ThalamusConfiguration {
        let path = FileManager.default.temporaryDirectory.appending(path: "thalamus-\(UUID().uuidString).yaml").path
        try yaml.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try ThalamusConfiguration(fileAt: path)
    }

    private func problem(_ yaml: String) throws -> String? {
        do {
            _ = try read(yaml)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private let good = """
        chain: { network: local, endpoints: ["ws://127.0.0.1:9944"] }
        wallet: { hotkey_uri: //Alice }
        subnets: [{ netuid: 1, chat: {} }]
        models: [{ id: m, netuid: 1 }]

        """

    @Test("a short one is enough") func short() throws {
        #expect(try problem(good) == nil)
    }

    @Test(
        "say what is wrong, where, and what is right",
        arguments: [
            ("server: { port: 70000 }", "`server.port` must be a whole number from 0 to 65535, not \"70000\""),
            ("server: { prot: 1 }", "unknown key `server.prot`"),
            ("validator: { probe_interval: soon }", "`validator.probe_interval` must be a duration"),
            ("log: { level: loud }", "`log.level` must be one of trace"),
            ("validator: { enabled: perhaps }", "`validator.enabled` must be true or false"),
            ("server: 1", "`server` must be a mapping"),
            ("admin: { token_file: t }", "`admin.listen` is missing"),
            ("admin: { listen: 127.0.0.1:9090 }", "`admin.token_file` is missing"),
            ("admin: { listen: 127.0.0.1, token_file: t }", "`admin.listen` must be an address and a port"),
            ("admin: { listen: ':9090', token_file: t }", "`admin.listen` must be"),
            ("admin: { listen: '::1:9090', token_file: t }", "`admin.listen` must be"),
            ("admin: { listen: 127.0.0.1:65536, token_file: t }", "`admin.listen` must be"),
            ("admin: { token: secret }", "unknown key `admin.token`"),
            ("admin: { port: 9090, token_file: t }", "`admin.port` must be left out"),
            ("admin: { listen: '[::1]:1', unix_socket: s, token_file: t }", "`admin.listen` must be left out"),
        ])
    func wrong(addition: String, message: String) throws {
        let found = try #require(try problem(good + addition))
        #expect(found.contains(message), "\(found)")
    }

    @Test("say where the admin API listens, if anywhere") func admin() throws {
        #expect(try read(good).admin == nil)
        #expect(try read(good + "admin:").admin == nil)
        let server =
            "server: { unix_socket: s, trusted_proxies: [unix], proxy_protocol: true, maximum_header_count: 9 }\n"
        let admin = try #require(
            try read(good + server + "admin: { listen: 127.0.0.1:9090, token_file: token, maximum_connections: 7 }")
                .admin)
        #expect(admin.listener.host == "127.0.0.1" && admin.listener.port == 9_090 && !admin.isExposed)
        // How connections come is each listener's own; what they may send is the server's.
        #expect(admin.listener.unixSocket == nil && !admin.listener.usesProxyProtocol)
        #expect(!admin.listener.trustedProxies.includesUnixSocket)
        #expect(admin.listener.maximumHeaderCount == 9 && admin.listener.maximumConnections == 7)
        #expect(admin.tokenFile == FileManager.default.temporaryDirectory.appending(path: "token").path)
        #expect(throws: (any Error).self) { try admin.token() }
        let other = try #require(try read(good + "admin: { listen: '[::1]:0', token_file: /run/token }").admin)
        #expect(other.listener.host == "::1" && other.listener.port == 0 && other.tokenFile == "/run/token")
        #expect(!other.isExposed)
        let socket = try #require(try read(good + "admin: { unix_socket: /run/s, token_file: token }").admin)
        #expect(socket.listener.unixSocket == "/run/s" && !socket.isExposed)
        let open = try #require(try read(good + "admin: { listen: 0.0.0.0:9090, token_file: token }").admin)
        #expect(open.isExposed)
    }

    @Test("refuse what does not fit together") func inconsistent() throws {
        #expect(try problem(good.replacing("netuid: 1 }]", with: "netuid: 2 }]"))?.contains("netuid 2") == true)
        #expect(try problem(good.replacing("network: local", with: "network: public"))?.contains("hotkey_uri") == true)
        #expect(
            try problem(good.replacing("chain: { network: local, endpoints: [\"ws://127.0.0.1:9944\"] }", with: ""))?
                .contains("chain.endpoints") == true)
        #expect(try problem("[") != nil)
        #expect(try problem("") != nil)
    }
}
