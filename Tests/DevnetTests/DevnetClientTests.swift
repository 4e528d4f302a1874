import HTTPTransport
import Logging
import Signing
import Substrate
import Subtensor
import Testing

@testable import Devnet

/// A chain that makes blocks, and a client connected to it.
private struct Connected {
    let devnet: Devnet
    let client: SubtensorClient
    let validator: SR25519KeyPair
    let miners: [SR25519KeyPair]

    /// Runs `body` against a chain with a validator and two miners on subnet 2.
    ///
    /// - Parameter rateLimit: blocks between two settings of weights.
    static func with(rateLimit: UInt64 = 5, _ body: (Connected) async throws -> Void) async throws {
        let loops = EventLoops(count: 1)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let test = try TestChain()
        var configuration = TestChain.configuration(
            validator: test.validator, miners: test.miners, coldkey: test.coldkey)
        configuration.blockTime = .milliseconds(50)
        configuration.subnets[0].weightsSetRateLimit = rateLimit
        let devnet = try await Devnet.start(configuration, on: loops, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await devnet.run() }
            let client = try await SubtensorClient.connect(endpoints: [devnet.endpoint], on: loops, logger: logger)
            var failure: (any Error)?
            do {
                try await body(
                    Connected(devnet: devnet, client: client, validator: test.validator, miners: test.miners))
            } catch {
                failure = error
            }
            await client.close()
            group.cancelAll()
            try? await group.waitForAll()
            await devnet.shutDown()
            await loops.shutdown()
            if let failure { throw failure }
        }
    }

    func waitForBlock(_ number: UInt64) async {
        for await head in client.heads() where head.number >= number { return }
    }
}

@Suite("Our client on the local chain") struct DevnetClientTests {
    @Test("reads the metagraph") func metagraph() async throws {
        try await Connected.with { connected in
            let metagraph = try await connected.client.metagraph(of: TestChain.netuid)
            #expect(
                metagraph.neurons.map(\.hotkey.account) == [
                    connected.validator.accountID, connected.miners[0].accountID, connected.miners[1].accountID,
                ])
            #expect(metagraph.neurons[0].hasValidatorPermit)
            #expect(metagraph.neurons[0].stake >= Rao(1_000_000_000_000))
            #expect(metagraph.neurons[1].axon == nil)
            #expect(metagraph.tempo == 5)
        }
    }

    @Test("sets weights that are finalized, read back, and become incentives") func setWeights() async throws {
        try await Connected.with { connected in
            await connected.waitForBlock(1)
            let weights = WeightVector(entries: [
                .init(uid: UID(1), weight: 65_535), .init(uid: UID(2), weight: 21_845),
            ])
            _ = try await connected.client.setWeights(
                weights, netuid: TestChain.netuid, signer: connected.validator)
            let stored = try await connected.client.weights(setBy: UID(0), netuid: TestChain.netuid)
            #expect(stored == weights.entries)
            await connected.waitForBlock(connected.devnet.blockNumber + 6)
            let neurons = try await connected.client.metagraph(of: TestChain.netuid).neurons
            #expect(neurons[1].incentive > neurons[2].incentive)
            #expect(neurons[2].incentive > 0)
            #expect(neurons[0].dividends == 65_535)
        }
    }

    @Test("hears the chain's own name for what is wrong") func unregistered() async throws {
        try await Connected.with { connected in
            let stranger = try SR25519KeyPair(uri: "//Stranger")
            let weights = WeightVector(entries: [.init(uid: UID(1), weight: 65_535)])
            let error = await #expect(throws: SubtensorError.self) {
                _ = try await connected.client.setWeights(weights, netuid: TestChain.netuid, signer: stranger)
            }
            #expect(error?.code == .notRegistered)
            #expect(error?.refusal?.name == "HotKeyNotRegisteredInSubNet")
        }
    }

    @Test("hears the pool's refusal within the rate limit") func tooFast() async throws {
        try await Connected.with(rateLimit: 100_000) { connected in
            await connected.waitForBlock(1)
            let weights = WeightVector(entries: [.init(uid: UID(1), weight: 65_535)])
            _ = try await connected.client.setWeights(
                weights, netuid: TestChain.netuid, signer: connected.validator)
            let error = await #expect(throws: SubtensorError.self) {
                _ = try await connected.client.setWeights(
                    weights, netuid: TestChain.netuid, signer: connected.validator)
            }
            #expect(error?.code == .tooSoon)
        }
    }

    @Test("sees a neuron that was registered while running") func register() async throws {
        try await Connected.with { connected in
            let hotkey = Hotkey(try SR25519KeyPair(uri: "//Newcomer").accountID)
            let axon = AxonInfo(ip: 0x7F00_0001, port: 8_091, ipType: 4)
            let uid = try connected.devnet.register(
                .init(hotkey: hotkey, coldkey: Coldkey(hotkey.account), axon: axon), on: TestChain.netuid)
            #expect(uid == UID(3))
            #expect(try await connected.client.uid(of: hotkey, in: TestChain.netuid) == uid)
            let neurons = try await connected.client.metagraph(of: TestChain.netuid).neurons
            #expect(neurons[3].axon?.port == 8_091)
        }
    }
}

@Suite("Configuration") struct DevnetConfigurationTests {
    @Test(
        "listens on this machine only, unless told otherwise",
        arguments: [
            (host: "127.0.0.1", allows: false, isValid: true), (host: "::1", allows: false, isValid: true),
            (host: "localhost", allows: false, isValid: true), (host: "0.0.0.0", allows: false, isValid: false),
            (host: "192.0.2.1", allows: false, isValid: false),
            (host: "127.example.com", allows: false, isValid: false),
            (host: "0.0.0.0", allows: true, isValid: true),
        ])
    func host(host: String, allows: Bool, isValid: Bool) {
        var configuration = DevnetConfiguration()
        configuration.host = host
        configuration.allowsNonLoopback = allows
        #expect(((try? configuration.validate()) != nil) == isValid)
    }

    @Test("names what is out of range") func ranges() {
        var configuration = DevnetConfiguration(subnets: [.init(netuid: Netuid(0))])
        #expect(throws: DevnetError.self) { try configuration.validate() }
        configuration.subnets = [.init(netuid: Netuid(1)), .init(netuid: Netuid(1))]
        #expect(throws: DevnetError.self) { try configuration.validate() }
        configuration.subnets = []
        configuration.blockTime = .milliseconds(10)
        #expect(throws: DevnetError.self) { try configuration.validate() }
    }
}
