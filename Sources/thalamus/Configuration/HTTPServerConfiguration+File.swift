import HTTPTransport

extension HTTPServerConfiguration {
    /// Takes over the keys of a listener's section. Reads the files of `tls`.
    ///
    /// - Parameter folder: what paths are relative to.
    mutating func read(_ section: ConfigurationReader, folder: String) throws {
        try readListener(section, folder: folder)
        try readLimits(section)
        try readTimes(section)
        try readHTTP2(section.section("http2"))
    }

    private mutating func readListener(_ section: ConfigurationReader, folder: String) throws {
        host = try section.text("host") ?? host
        port = try section.int("port", in: 0...65_535) ?? port
        unixSocket = try section.text("unix_socket").map { ThalamusConfiguration.resolve($0, in: folder) }
        if let texts = try section.texts("trusted_proxies") {
            let field = try section.choice("forwarded_field", TrustedProxies.Field.allCases) ?? trustedProxies.field
            guard let proxies = TrustedProxies(texts, field: field) else {
                throw section.wrong("trusted_proxies", "a list of addresses, blocks such as 10.0.0.0/8, or `unix`")
            }
            trustedProxies = proxies
        } else if section.node("forwarded_field") != nil {
            throw section.missing("trusted_proxies", "`forwarded_field` is read only from proxies that are trusted")
        }
        usesProxyProtocol = try section.bool("proxy_protocol") ?? usesProxyProtocol
        if usesProxyProtocol, trustedProxies.ranges.isEmpty, !trustedProxies.includesUnixSocket {
            throw section.missing("trusted_proxies", "`proxy_protocol` is taken only from proxies that are trusted")
        }
        guard let tls = try section.section("tls") else { return }
        self.tls = try Self.certificate(tls, folder: folder)
    }

    private static func certificate(_ section: ConfigurationReader, folder: String) throws -> ServerCertificate {
        guard let certificate = try section.text("certificate_file") else {
            throw section.missing("certificate_file", "the PEM file with the server's certificate and its authorities'")
        }
        guard let key = try section.text("key_file") else {
            throw section.missing("key_file", "the PEM file with the certificate's private key")
        }
        var configuration = TLSServerConfiguration(
            certificateFile: ThalamusConfiguration.resolve(certificate, in: folder),
            keyFile: ThalamusConfiguration.resolve(key, in: folder))
        configuration.clientCAFile = try section.text("client_ca_file").map {
            ThalamusConfiguration.resolve($0, in: folder)
        }
        if try section.choice("minimum_version", MinimumVersion.allCases) == .tls13 {
            configuration.versions = .tls13 ... .tls13
        }
        configuration.reloadInterval =
            try section.duration("reload_interval", atLeast: .seconds(1)) ?? configuration.reloadInterval
        try section.finish()
        do {
            return try ServerCertificate(configuration)
        } catch {
            throw ConfigurationError("\(section.file): `\(section.path)`: \(error.message)")
        }
    }

    private enum MinimumVersion: String, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    private mutating func readLimits(_ section: ConfigurationReader) throws {
        maximumConnections = try section.int("maximum_connections", in: 1...1_000_000) ?? maximumConnections
        maximumConnectionsPerAddress =
            try section.int("maximum_connections_per_address", in: 0...1_000_000) ?? maximumConnectionsPerAddress
        maximumMemoryInFlight =
            try section.int("maximum_memory_in_flight", in: 1 << 20...1 << 44) ?? maximumMemoryInFlight
        maximumBodyBytes = try section.int("maximum_body_bytes", in: 1_024...1 << 30) ?? maximumBodyBytes
        maximumHeaderBytes = try section.int("maximum_header_bytes", in: 1_024...1 << 24) ?? maximumHeaderBytes
        maximumHeaderCount = try section.int("maximum_header_count", in: 8...10_000) ?? maximumHeaderCount
        maximumTargetBytes = try section.int("maximum_target_bytes", in: 256...1 << 20) ?? maximumTargetBytes
        backlog = try section.int("backlog", in: 1...65_535) ?? backlog
        compresses = try section.bool("compression") ?? compresses
        minimumCompressedBytes =
            try section.int("minimum_compressed_bytes", in: 1...1 << 30) ?? minimumCompressedBytes
    }

    private mutating func readTimes(_ section: ConfigurationReader) throws {
        headerTimeout = try section.duration("header_timeout", atLeast: .milliseconds(100)) ?? headerTimeout
        bodyTimeout = try section.duration("body_timeout", atLeast: .milliseconds(100)) ?? bodyTimeout
        idleTimeout = try section.duration("idle_timeout", atLeast: .milliseconds(100)) ?? idleTimeout
        writeTimeout = try section.duration("write_timeout", atLeast: .milliseconds(100)) ?? writeTimeout
        minimumDataRate = try section.int("minimum_data_rate", in: 0...1 << 30) ?? minimumDataRate
        dataRateGrace = try section.duration("data_rate_grace", atLeast: .milliseconds(100)) ?? dataRateGrace
    }

    private mutating func readHTTP2(_ section: ConfigurationReader?) throws {
        guard let section else { return }
        http2.isEnabled = try section.bool("enabled") ?? http2.isEnabled
        http2.maximumConcurrentStreams =
            try section.int("maximum_concurrent_streams", in: 1...10_000) ?? http2.maximumConcurrentStreams
        var floods = http2.floods
        func read(_ key: String, _ value: inout Int) throws {
            value = try section.int(key, in: 1...1_000_000) ?? value
        }
        try read("reset_burst", &floods.resetBurst)
        try read("resets_per_second", &floods.resetsPerSecond)
        try read("ping_burst", &floods.pingBurst)
        try read("pings_per_second", &floods.pingsPerSecond)
        try read("settings_burst", &floods.settingsBurst)
        try read("settings_per_second", &floods.settingsPerSecond)
        try read("empty_frame_burst", &floods.emptyFrameBurst)
        try read("empty_frames_per_second", &floods.emptyFramesPerSecond)
        try read("window_update_burst", &floods.windowUpdateBurst)
        try read("window_updates_per_second", &floods.windowUpdatesPerSecond)
        http2.floods = floods
        try section.finish()
    }
}
