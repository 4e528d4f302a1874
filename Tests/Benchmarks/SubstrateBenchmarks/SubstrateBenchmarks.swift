import Foundation
import HTTPTransport
import JSON
import Logging
import NIOCore
import Signing
import Substrate
import Subtensor

/// What the chain client costs, against the limits it was given.
///
///     THALAMUS_BENCHMARKS=1 swift run -c release SubstrateBenchmarks
///
/// Times are of the fastest of several runs. Exit code 1 when a limit is passed.
@main
struct SubstrateBenchmarks {
    static func main() async throws {
        var results: [Result] = []
        // First, while nothing else has made the process large.
        let bytes = try fixture("subtensor@461/metadata_v15.scale")
        results += try metadata(bytes)
        let codec = RuntimeCodec(try Metadata(decoding: bytes))
        results.append(try metagraph())
        results.append(try weightCall(codec))
        results += try await pipelined(bytes)
        for result in results { print(result.line) }
        if results.contains(where: { !$0.isWithinLimit }) { exit(1) }
    }

    private static func metadata(_ bytes: [UInt8]) throws -> [Result] {
        let before = Memory.peakKilobytes
        let time = try fastest(of: 10) { blackHole(RuntimeCodec(try Metadata(decoding: bytes))) }
        let peak = Double(Memory.peakKilobytes - before) / 1_024
        return [
            Result(name: "Metadata:Decode:\(bytes.count / 1_000)KB", value: time * 1e3, unit: "ms", limit: 40),
            Result(name: "Metadata:Decode:Peak memory", value: peak, unit: "MB", limit: 60),
        ]
    }

    /// A recorded mainnet metagraph, cut to 256 neurons.
    private static func metagraph() throws -> Result {
        let codec = RuntimeCodec(try Metadata(decoding: try fixture("finney@343/metadata_v15.scale")))
        let (api, method) = ("SubnetInfoRuntimeApi", "get_selective_mechagraph")
        let rows = try JSONDocument(parsing: ByteBuffer(bytes: fixture("finney@343/runtime_api_results.json"))).root[
            "rows"]
        let row = rows?.elements.first { $0["call"]?.string == "\(api)_\(method)" }
        let value = try codec.decodeResult(api, method, Hex.decode(row?["raw"]?.string ?? ""))
        guard case .option(.composite(let fields)?) = value else { fatalError("the recording is no metagraph") }
        let cut = fields.map { field -> ScaleValue.Field in
            guard case .option(.sequence(let column)?) = field.value, column.count > 256 else { return field }
            return ScaleValue.Field(field.name, .option(.sequence(Array(column.prefix(256)))))
        }
        let output = try codec.method(api, method).output
        let bytes = try codec.encode(.option(.composite(cut)), as: output)
        let time = try fastest(of: 50) {
            let value = try codec.decodeResult(api, method, bytes)
            let metagraph = try Metagraph(columns: value, netuid: Netuid(1), block: 1, blockHash: "")
            guard metagraph.neurons.count == 256 else { fatalError("not 256 neurons") }
        }
        return Result(name: "Metagraph:Decode:256 neurons", value: time * 1e3, unit: "ms", limit: 3)
    }

    private static func weightCall(_ codec: RuntimeCodec) throws -> Result {
        let signer = try SR25519KeyPair(uri: "//Alice")
        let identity = ChainIdentity(
            genesisHash: Array(repeating: 1, count: 32), specVersion: 461, transactionVersion: 1)
        let call = RuntimeCall(
            "SubtensorModule", "set_mechanism_weights",
            [
                "netuid": 1, "mecid": 0, "dests": .sequence((0..<256).map { .number(UInt16($0)) }),
                "weights": .sequence((0..<256).map { .number(UInt16(65_535 - $0)) }), "version_key": 0,
            ])
        let parameters = ExtrinsicParameters(
            era: Era(period: 128, current: 1_000), eraBlockHash: Array(repeating: 2, count: 32), nonce: 3)
        let time = try fastest(of: 500) {
            blackHole(try codec.sign(call: codec.encode(call), parameters, on: identity, by: signer))
        }
        return Result(name: "Extrinsic:EncodeAndSign:256 weights", value: time * 1e3, unit: "ms", limit: 0.2)
    }

    /// 10,000 calls over one connection to a node in this process, in batches of 500 in flight.
    private static func pipelined(_ metadata: [UInt8]) async throws -> [Result] {
        let loops = EventLoops(count: 1)
        let logger = Logger(label: "benchmark", factory: { _ in SwiftLogNoOpLogHandler() })
        let node = EchoNode(metadata: metadata)
        let server = try await HTTPServer.start(
            HTTPServerConfiguration(), on: loops, responder: node, webSocket: { await node.serve($0) }, logger: logger)
        let client = try await SubtensorClient.connect(
            endpoints: ["ws://127.0.0.1:\(server.port)"], on: loops, logger: logger)
        func run(_ calls: Int) async throws {
            for _ in 0..<calls / 500 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<500 { group.addTask { _ = try await client.chain.call("system_health") } }
                    try await group.waitForAll()
                }
            }
        }
        // Buffers and tasks reach their number first.
        for _ in 0..<3 { try await run(10_000) }
        let before = Memory.residentKilobytes
        let clock = ContinuousClock()
        let elapsed = try await clock.measure { try await run(10_000) }
        let growth = Double(Memory.residentKilobytes - before) / 1_024
        await client.close()
        await server.shutDown(grace: .zero)
        await loops.shutdown()
        return [
            Result(name: "RPC:Pipelined:10000 calls", value: elapsed / .milliseconds(1), unit: "ms", limit: nil),
            Result(name: "RPC:Pipelined:Growth", value: growth, unit: "MB", limit: 2),
        ]
    }

    private static func fixture(_ path: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures")
        return [UInt8](try Data(contentsOf: folder.appending(path: path)))
    }

    /// Seconds.
    private static func fastest(of runs: Int, _ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        var best = Double.infinity
        for _ in 0..<runs { best = min(best, try clock.measure(body) / .seconds(1)) }
        return best
    }
}

struct Result {
    let name: String
    let value: Double
    let unit: String
    let limit: Double?

    var isWithinLimit: Bool { limit.map { value <= $0 } ?? true }
    var line: String {
        let padding = String(repeating: " ", count: max(1, 40 - name.count))
        let bound = limit.map { " (limit \($0))\(isWithinLimit ? "" : " PASSED OVER")" } ?? ""
        return "\(name)\(padding)\((value * 1_000).rounded() / 1_000) \(unit)\(bound)"
    }
}

/// This process's memory as Linux counts it.
enum Memory {
    static var residentKilobytes: Int { field("VmRSS:") }
    static var peakKilobytes: Int { field("VmHWM:") }

    private static func field(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    }
}

/// Keeps the optimiser from leaving out what made the value.
@inline(never)
func blackHole<T>(_: T) {}
