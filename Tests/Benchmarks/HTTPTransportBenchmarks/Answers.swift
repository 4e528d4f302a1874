import Foundation

/// A chat request as small ones are.
private let body =
    #"{"model":"mock-model","messages":[{"role":"user","content":"Say hello to the world, please."}],"max_tokens":64}"#

private let request =
    Array(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: */*\r\n"
            .utf8)
    + Array("Authorization: Bearer sk-bench-1234\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)

extension Bench {
    /// A small POST over kept connections of HTTP/1.1.
    ///
    /// Windows of servers under full load are divided: the shorter they are, the more alike is what else the machine does
    /// during a round.
    func answers() throws -> Bool {
        var isWithin = true
        let loads: [(name: String, pace: Driver.Pace, connections: Int, parts: Int)] = [
            ("saturated", .saturated, 32, 5), ("1,000/s", .steady(1_000), 64, 1),
        ]
        for load in loads {
            print("Small POST over HTTP/1.1, \(load.name)")
            var costs: [String: [Double]] = [:]
            var rates: [Double] = []
            for _ in 0..<rounds * load.parts {
                for peer in [nginx, bare, ours] {
                    let driver = try Driver(port: peer.port, connections: load.connections, request: request)
                    let measured = try driver.run(
                        load.pace, seconds: seconds / Double(load.parts), server: peer)
                    try check(measured.failures == 0, "\(measured.failures) requests of \(peer.name) failed")
                    costs[peer.name, default: []].append(measured.cpuPerAnswer)
                    if peer === ours { rates.append(Double(measured.answers) / measured.seconds) }
                }
            }
            let others = [("bare", "a bare NIO handler", 1.4), ("nginx", "nginx", 3.5)]
            isWithin = compare(costs, others) && isWithin
            _ = report("answers", rates.max() ?? 0, "/s")
        }
        return isWithin
    }

    /// The same over HTTP/2, with `h2load`.
    func answersOverHTTP2() throws -> Bool {
        let data = try folder.write("body.json", body)
        var isWithin = true
        let loads: [(name: String, options: [String], parts: Int)] = [
            ("8 connections, 16 streams each", ["-c", "8", "-m", "16"], 5),
            ("8 connections, 1 stream each", ["-c", "8", "-m", "1"], 5),
            ("1,000/s on 8 connections", ["-c", "8", "-m", "1", "--rps", "125"], 1),
        ]
        for load in loads {
            print("Small POST over HTTP/2, \(load.name)")
            var costs: [String: [Double]] = [:]
            let milliseconds = Int(seconds * 1_000) / load.parts
            for _ in 0..<rounds * load.parts {
                for (peer, port) in [(nginx, nginxHTTP2), (ours, ours.port)] {
                    let cpu = try peer.cpu()
                    let text = try Child.output(
                        of: ["h2load", "-t", "1", "-D", "\(milliseconds)ms", "-d", data] + load.options
                            + ["-H", "content-type: application/json", "-H", "authorization: Bearer sk-bench-1234"]
                            + ["http://127.0.0.1:\(port)/v1/chat/completions"])
                    costs[peer.name, default: []].append((try peer.cpu() - cpu) / 1_000 / (try succeeded(text)))
                }
            }
            isWithin = compare(costs, [("nginx", "nginx", 3)]) && isWithin
        }
        return isWithin
    }

    private func compare(
        _ costs: [String: [Double]], _ others: [(key: String, name: String, limit: Double)]
    ) -> Bool {
        let own = costs[ours.name] ?? []
        var isWithin = report("CPU per request", own.median, "µs")
        for other in others {
            let theirs = costs[other.key] ?? []
            let name = "beside \(other.name) (\(String(format: "%.2f", theirs.median)) µs)"
            isWithin = report(name, ratio(own, to: theirs), "times", limit: other.limit) && isWithin
        }
        return isWithin
    }

    /// `h2load`'s `status codes: 61200 2xx, 0 3xx, 0 4xx, 0 5xx`.
    private func succeeded(_ text: String) throws -> Double {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("status codes:") }),
            case let words = line.split(separator: " "), words.count > 9, let count = Double(words[2]), count > 0,
            words[4] == "0", words[6] == "0", words[8] == "0"
        else { throw Failure("h2load had other answers than 200:\n\(text)") }
        return count
    }

    func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        if !condition { throw Failure(message()) }
    }
}
