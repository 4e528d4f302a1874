import Foundation
import HTTPTransport
import Logging
import Metering
import Neurons
import Subnets
import Substrate
import Subtensor
import Validator

extension ThalamusConfiguration {
    /// Reads a YAML file; paths in it are relative to it.
    init(fileAt path: String) throws {
        let root = try ConfigurationReader(fileAt: path)
        let folder = URL(filePath: path).deletingLastPathComponent().path
        try readServer(root.section("server"), folder: folder)
        try readAdmin(root.section("admin"), folder: folder)
        try readMetering(root.section("metering"), folder: folder)
        try readChain(root.section("chain"), folder: folder)
        if let wallet = try root.section("wallet") {
            hotkeyFile = try wallet.text("hotkey_file").map { Self.resolve($0, in: folder) }
            hotkeyURI = try wallet.text("hotkey_uri")
            try wallet.finish()
        }
        for section in try root.sections("subnets") { subnets.append(try SubnetConfiguration(section)) }
        for section in try root.sections("models") { models.append(try ModelConfiguration(section)) }
        try readValidator(root.section("validator"))
        if let log = try root.section("log") {
            logLevel = try log.choice("level", Logger.Level.allCases) ?? logLevel
            try log.finish()
        }
        try root.finish()
        try check(root)
    }

    private mutating func readServer(_ section: ConfigurationReader?, folder: String) throws {
        guard let section else { return }
        try server.read(section, folder: folder)
        loops = try section.int("event_loops", in: 1...256) ?? loops
        drainDelay = try section.duration("drain_delay") ?? drainDelay
        drainGrace = try section.duration("drain_grace") ?? drainGrace
        try section.finish()
    }

    private mutating func readMetering(_ section: ConfigurationReader?, folder: String) throws {
        guard let section else { return }
        if let database = try section.text("database") {
            switch MeteringConfiguration.Database(database) {
            case .sqlite(let path): metering.database = .sqlite(path: Self.resolve(path, in: folder))
            case .postgres(let uri): metering.database = .postgres(uri: uri)
            }
        }
        if let directory = try section.text("state_directory") {
            metering.stateDirectory = Self.resolve(directory, in: folder)
        }
        metering.maximumConnections = try section.int("maximum_connections", in: 1...256) ?? metering.maximumConnections
        metering.connectTimeout =
            try section.duration("connect_timeout", atLeast: .seconds(1)) ?? metering.connectTimeout
        metering.statementTimeout =
            try section.duration("statement_timeout", atLeast: .milliseconds(100)) ?? metering.statementTimeout
        metering.uploadInterval =
            try section.duration("upload_interval", atLeast: .milliseconds(10)) ?? metering.uploadInterval
        metering.outageGrace = try section.duration("outage_grace") ?? metering.outageGrace
        metering.leaseLifetime = try section.duration("lease_lifetime", atLeast: .seconds(1)) ?? metering.leaseLifetime
        metering.idempotencyRetention =
            try section.duration("idempotency_retention", atLeast: .seconds(1)) ?? metering.idempotencyRetention
        metering.maximumOutcomeBytes =
            try section.int("maximum_outcome_bytes", in: 1_024...1 << 26) ?? metering.maximumOutcomeBytes
        metering.usageRetention = try section.duration("usage_retention", atLeast: .seconds(86_400))
        metering.segmentBytes = try section.int("segment_bytes", in: 1 << 16...1 << 30) ?? metering.segmentBytes
        metering.maximumSpoolBytes =
            try section.int("maximum_spool_bytes", in: 1 << 20...1 << 44) ?? metering.maximumSpoolBytes
        metering.cachedKeys = try section.int("cached_keys", in: 1...10_000_000) ?? metering.cachedKeys
        guard metering.leaseLifetime > metering.outageGrace else {
            throw section.wrong("lease_lifetime", "longer than outage_grace")
        }
        try section.finish()
    }

    private mutating func readChain(_ section: ConfigurationReader?, folder: String) throws {
        guard let section else { return }
        chain.endpoints = try section.texts("endpoints") ?? []
        for endpoint in chain.endpoints where !endpoint.hasPrefix("ws://") && !endpoint.hasPrefix("wss://") {
            throw section.wrong("endpoints", "a list of ws:// or wss:// URLs; \(endpoint) is none")
        }
        if let text = try section.text("genesis_hash") {
            guard let hash = BlockHash(hex: text) else {
                throw section.wrong("genesis_hash", "0x and 64 hexadecimal digits")
            }
            chain.genesisHash = hash
        }
        chain.headTimeout = try section.duration("head_timeout", atLeast: .seconds(1)) ?? chain.headTimeout
        chain.maximumLag = try section.int("maximum_lag", in: 1...1_000_000) ?? chain.maximumLag
        chain.caFile = try section.text("ca_file").map { Self.resolve($0, in: folder) }
        chain.crlFiles = try section.texts("crl_files")?.map { Self.resolve($0, in: folder) } ?? []
        chain.network = try section.choice("network", [.local, .public]) ?? chain.network
        for miner in try section.sections("miners") { chain.miners.append(try StaticMiner(miner)) }
        try section.finish()
    }

    private mutating func readValidator(_ section: ConfigurationReader?) throws {
        guard let section else { return }
        validation.isEnabled = try section.bool("enabled") ?? false
        validation.netuids = try section.texts("netuids")?.map { text in
            guard let netuid = UInt16(text) else { throw section.wrong("netuids", "a list of numbers from 0 to 65535") }
            return Netuid(netuid)
        }
        var rules = ValidatorConfiguration()
        rules.setsWeights = try section.bool("set_weights") ?? rules.setsWeights
        rules.probeInterval =
            try section.duration("probe_interval", atLeast: .milliseconds(100)) ?? rules.probeInterval
        rules.minimumObservations =
            try section.int("minimum_observations", in: 1...1_000_000) ?? rules.minimumObservations
        rules.versionKey = try section.int("version_key", in: 0...UInt64.max) ?? rules.versionKey
        validation.configuration = rules
        try section.finish()
    }

    /// What no single key can say.
    private func check(_ root: ConfigurationReader) throws {
        guard !models.isEmpty else { throw root.missing("models", "list at least one model to serve") }
        guard chain.endpoints.isEmpty != chain.miners.isEmpty else {
            throw ConfigurationError("\(root.file): give either `chain.endpoints` or `chain.miners`")
        }
        guard hotkeyFile != nil || hotkeyURI != nil else {
            throw root.missing("wallet.hotkey_file", "the hotkey that signs requests to miners")
        }
        if hotkeyURI != nil, chain.network == .public {
            throw ConfigurationError(
                "\(root.file): `wallet.hotkey_uri` is for local chains; on a public network use `wallet.hotkey_file`")
        }
        if validation.isEnabled, chain.endpoints.isEmpty {
            throw ConfigurationError("\(root.file): `validator.enabled` needs `chain.endpoints`")
        }
        _ = try ModelCatalogue(models: models, subnets: subnets)
    }

    static func resolve(_ path: String, in folder: String) -> String {
        let expanded = NSString(string: path).expandingTildeInPath
        return expanded.hasPrefix("/") ? expanded : URL(filePath: folder).appending(path: expanded).path
    }
}
