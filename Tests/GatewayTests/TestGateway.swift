import Foundation
import HTTPTransport
import JSON
import Logging
import Metering
import NIOCore
import NIOHTTP1
import Neurons
import Signing
import Subnets
import Subtensor

@testable import Gateway

/// A gateway on a loopback port with a real axon behind it and a ledger of its own in SQLite.
struct TestGateway {
    let loops: EventLoops
    let ledger: Ledger
    let administration: Administration
    let client: HTTPClient
    let address: VettedAddress
    let secret: String

    static let price = Price(
        perMillionPromptTokens: MicroUnits(1_000_000), perMillionCompletionTokens: MicroUnits(2_000_000))

    static func with(
        limits: Limits = [:], model: SampleModel.Configuration = .init(),
        _ body: (TestGateway) async throws -> Void
    ) async throws {
        let loops = EventLoops(count: 1)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let folder = FileManager.default.temporaryDirectory.appending(path: "gateway-\(UUID().uuidString)").path
        let metering = MeteringConfiguration(
            database: .sqlite(path: folder + "/db"), stateDirectory: folder + "/state")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let administration = try await Administration.open(metering)
        let (_, secret) = try await administration.create(
            .init(account: "a", name: "n", limits: limits))
        let ledger = try await Ledger.open(metering, logger: logger)

        let hotkey = try SR25519KeyPair(uri: "//Miner")
        let axon = Axon(keyPair: hotkey, model: SampleModel(configuration: model), logger: logger)
        let miner = try await HTTPServer.start(HTTPServerConfiguration(), on: loops, responder: axon, logger: logger)
        let metagraphs = MetagraphStore(policy: .loopbackOnly)
        metagraphs.publish(
            Metagraph(
                netuid: Netuid(1),
                neurons: [
                    Neuron(
                        uid: UID(1), hotkey: Hotkey(hotkey.accountID), coldkey: Coldkey(hotkey.accountID),
                        axon: AxonInfo(ip: 0x7F00_0001, port: UInt16(miner.port), ipType: 4))
                ]))
        let upstream = HTTPClient(on: loops)
        let health = MinerHealth()
        let catalogue = try ModelCatalogue(
            models: [ModelConfiguration(id: "m", netuid: Netuid(1), price: price)],
            subnets: [SubnetConfiguration(netuid: Netuid(1), chat: .init())])
        let gateway = Gateway(
            ledger: ledger, router: ModelRouter(catalogue: catalogue, ledger: ledger),
            selector: MinerSelector(metagraphs: metagraphs, health: health),
            dispatcher: Dispatcher(
                dendrite: Dendrite(client: upstream, signer: try SR25519KeyPair(uri: "//Alice")), health: health,
                loops: loops
            ) { _ in },
            readiness: Readiness(ledger: ledger, catalogue: catalogue, metagraphs: metagraphs), logger: logger)
        let server = try await HTTPServer.start(
            HTTPServerConfiguration(), on: loops, responder: gateway, logger: logger)
        guard let loopback = IPAddress("127.0.0.1") else { return }
        let test = TestGateway(
            loops: loops, ledger: ledger, administration: administration, client: HTTPClient(on: loops),
            address: try DialPolicy.loopbackOnly.vet(loopback, port: UInt16(server.port)), secret: secret)

        let running = Task { try await ledger.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(test)) } catch { result = .failure(error) }
        running.cancel()
        _ = await running.result
        await test.client.shutDown()
        await upstream.shutDown()
        await server.shutDown(grace: .zero)
        await miner.shutDown(grace: .zero)
        await administration.close()
        await loops.shutdown()
        try result.get()
    }

    struct Answer {
        let status: Int
        let headers: HTTPHeaders
        let body: ByteBuffer
        var json: JSONElement { get throws { try JSONDocument(parsing: body).root } }
    }

    func ask(_ body: String, key: String? = nil) async throws -> Answer {
        try await send(
            .POST, "/v1/chat/completions",
            headers: ["authorization": "Bearer \(key ?? secret)", "content-type": "application/json"], body: body)
    }

    func send(
        _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = [:], body: String = ""
    ) async throws -> Answer {
        try await client.withResponse(from: address, deadline: .now + .seconds(30)) { _ in
            HTTPClientRequest(method: method, target: target, headers: headers, body: ByteBuffer(string: body))
        } _: { response in
            let status = Int(response.status.code)
            let headers = response.headers
            return Answer(status: status, headers: headers, body: try await response.collect(upTo: 1 << 20))
        }
    }

    /// Reads the first bytes of a stream and leaves.
    func beginAndLeave(_ body: String) async throws {
        struct Left: Error {}
        do {
            try await client.withResponse(from: address, deadline: .now + .seconds(30)) { _ in
                HTTPClientRequest(
                    method: .POST, target: "/v1/chat/completions",
                    headers: ["authorization": "Bearer \(secret)", "content-type": "application/json"],
                    body: ByteBuffer(string: body))
            } _: { response in
                _ = try await response.next()
                throw Left()
            }
        } catch is Left {}
    }

    /// The ledger's rows once there are this many.
    func entries(_ count: Int) async throws -> [LedgerEntry] {
        while true {
            let entries = try await administration.entries(UsageQuery())
            if entries.count >= count { return entries }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
