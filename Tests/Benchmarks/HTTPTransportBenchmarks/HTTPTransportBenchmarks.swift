import ArgumentParser
import Foundation

/// What the transport costs beside NIO and nginx, and how much memory it keeps; `Tests/Benchmarks/transport.sh` runs it.
@main
struct HTTPTransportBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        subcommands: [Measure.self, Serve.self, Bare.self, Upstream.self], defaultSubcommand: Measure.self)
}

struct Measure: ParsableCommand {
    @Option(help: "Seconds of each window.") var seconds = 1.0
    @Option(help: "Windows of each server and load, in turns.") var rounds = 9
    @Option(help: "What a server's memory is watched over; a tenth is broken off by the client.")
    var requests = 1_000_000
    @Option(help: "Idle event streams.") var streams = 10_000
    @Option(help: "Parts: answers, http2, events, idle, memory.") var only = "answers,http2,events,idle,memory"
    @Option(help: "The core of the server under load.") var serverCore = 1
    @Option(help: "The core of everything else.") var driverCore = 0

    func run() throws {
        let folder = try Folder()
        let source = try Peer.own("upstream", processor: driverCore)
        let upstream = ["--upstream", "\(source.port)"]
        let parts = Set(only.split(separator: ",").map(String.init))
        var isWithin = true
        do {
            let (nginx, http2) = try Nginx.start(upstream: source.port, in: folder, processor: serverCore)
            let bench = Bench(
                ours: try .own("serve", processor: serverCore, upstream), bare: try .own("bare", processor: serverCore),
                nginx: nginx, nginxHTTP2: http2, source: source, seconds: seconds, rounds: rounds, folder: folder)
            if parts.contains("answers") { isWithin = try bench.answers() && isWithin }
            if parts.contains("http2") { isWithin = try bench.answersOverHTTP2() && isWithin }
            if parts.contains("events") { isWithin = try bench.eventStreams() && isWithin }
        }
        if parts.contains("idle") {
            let server = try Peer.own("serve", processor: serverCore, upstream)
            isWithin = try Memory.idleStreams(streams, path: "/idle", server, limit: 250) && isWithin
            let relay = try Peer.own("serve", processor: serverCore, upstream)
            // Two sockets each.
            let relayed = min(streams, (Peer.maximumDescriptors - 256) / 2)
            isWithin = try Memory.idleStreams(relayed, path: "/events?2&3600000000", relay, limit: 250) && isWithin
        }
        if parts.contains("memory") {
            let server = try Peer.own("serve", processor: serverCore, upstream)
            isWithin = try Memory.watch(server, requests: requests) && isWithin
        }
        if !isWithin { throw ExitCode(1) }
    }
}

/// The servers that are measured beside each other.
struct Bench {
    let ours: Peer
    let bare: Peer
    let nginx: Peer
    let nginxHTTP2: Int
    let source: Peer
    let seconds: Double
    let rounds: Int
    let folder: Folder
}

/// One figure beside its limit.
func report(_ name: String, _ value: Double, _ unit: String, limit: Double? = nil) -> Bool {
    let isWithin = limit.map { value <= $0 } ?? true
    let bound = limit.map { "  (at most \($0))" } ?? ""
    print("\(isWithin ? "  " : "! ")\(name): \(String(format: "%.2f", value)) \(unit)\(bound)")
    fflush(nil)
    return isWithin
}

/// The median over rounds of what one server's figure is to another's of the same round.
func ratio(_ figures: [Double], to others: [Double]) -> Double { zip(figures, others).map { $0 / $1 }.median }

func difference(_ figures: [Double], from others: [Double]) -> Double { zip(figures, others).map { $0 - $1 }.median }
