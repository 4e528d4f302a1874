import ArgumentParser
import Foundation
import Logging
import Metering

/// What metering costs: on the way of a request, in the upload, and in questions about millions of rows.
@main
struct MeteringBenchmarks: AsyncParsableCommand {
    @Option(help: "An empty PostgreSQL database's URI; `Tests/Benchmarks/metering.sh` makes one.") var database: String?
    @Option(help: "Rows to upload.") var upload = 200_000
    @Option(help: "Rows to ask about, in millions, comma separated.") var millions = "1,10"

    func run() async throws {
        var isWithin = try await HotPath.measure()
        if let database {
            isWithin = try await Upload(uri: database, rows: upload).measure() && isWithin
            for count in millions.split(separator: ",").compactMap({ Int($0) }) {
                isWithin = try await Questions(uri: database, millions: count).measure() && isWithin
            }
        }
        if !isWithin { throw ExitCode(1) }
    }
}

/// One figure beside its limit.
func report(_ name: String, _ value: Double, _ unit: String, limit: Double? = nil, isMinimum: Bool = false) -> Bool {
    let isWithin = limit.map { isMinimum ? value >= $0 : value <= $0 } ?? true
    let bound = limit.map { "  (\(isMinimum ? "at least" : "at most") \($0))" } ?? ""
    print("\(isWithin ? "  " : "! ")\(name): \(String(format: "%.2f", value)) \(unit)\(bound)")
    return isWithin
}

let quiet = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }

/// A folder that goes with its user.
final class Folder {
    let path = NSTemporaryDirectory() + "thalamus-metering-bench-" + UUID().uuidString
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// CPU seconds of this process, and of others by their `/proc` entries.
enum Processor {
    static var own: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// Of every process with this name, the ended ones' share not counted.
    static func all(named name: String) -> Double {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        return ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).reduce(0) { sum, entry in
            guard Int(entry) != nil, let line = try? String(contentsOfFile: "/proc/\(entry)/stat", encoding: .utf8),
                line.contains("(\(name))"), let end = line.lastIndex(of: ")")
            else { return sum }
            let fields = line[end...].split(separator: " ")
            guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return sum }
            return sum + (user + system) / ticks
        }
    }
}
