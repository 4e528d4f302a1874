import HTTPTransport
import JSON
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import Gateway
@testable import Metering

@Suite("Usage in the admin API", .timeLimit(.minutes(3))) struct AdminUsageTests {
    @Test("adds up by what is asked, in time") func sums() async throws {
        try await TestAdmin.with { admin in
            let key = try await admin.administration.create(.init(account: "acme", name: "n")).key.id
            try await admin.upload(
                (0..<6).map { TestAdmin.entry("r\($0)", key: $0 < 4 ? key : "other", model: "m\($0 % 2)") })
            let all = try await admin.send(.GET, "/admin/v1/usage")
            #expect(try all.json["data"]?.elements.map { $0["price_micros"]?.int } == [360])
            let grouped = try await admin.send(
                .GET, "/admin/v1/usage?group_by=model,day&key_id=\(key)&from=2023-11-14&to=2023-11-15")
            #expect(try grouped.json["data"]?.elements.map { $0["model"]?.string } == ["m0", "m1"])
            #expect(try grouped.json["data"]?.elements.allSatisfy { $0["date"]?.string == "2023-11-14" } == true)
            #expect(try grouped.json["data"]?.elements.allSatisfy { $0["requests"]?.int == 2 } == true)
            let part = try await admin.send(.GET, "/admin/v1/usage?from=2023-11-14T22%3A13%3A20.001Z")
            #expect(try part.json["data"]?.elements.map { $0["requests"]?.int } == [0])
            let page = try await admin.send(.GET, "/admin/v1/usage?group_by=key,model&limit=3")
            let next = try #require(try page.json["next_after"]?.string)
            let rest = try await admin.send(.GET, "/admin/v1/usage?group_by=key,model&limit=3&after=\(next)")
            #expect(try page.json["data"]?.count == 3 && rest.json["data"]?.count == 1)
            for filter in ["account_id=none", "key_id=none"] {
                #expect(try await admin.send(.GET, "/admin/v1/usage?\(filter)").status == 404)
                #expect(try await admin.send(.GET, "/admin/v1/usage/export?\(filter)").status == 404)
            }
        }
    }

    @Test("exports in the format that is named or accepted") func formats() async throws {
        try await TestAdmin.with { admin in
            try await admin.upload([TestAdmin.entry("r1", model: "=1+1"), TestAdmin.entry("r2")])
            for (query, accept, type, rows) in [
                ("", "text/csv", "text/csv; charset=utf-8; header=present", 3),
                ("", "application/x-ndjson;q=0.9, text/csv", "application/x-ndjson", 2),
                ("", "*/*", "application/x-ndjson", 2),
                ("", "application/cloudevents-batch+json", "application/cloudevents-batch+json", 4),
                ("?format=csv", "application/x-ndjson", "text/csv; charset=utf-8; header=present", 3),
            ] {
                let answer = try await admin.send(
                    .GET, "/admin/v1/usage/export\(query)", headers: ["accept": accept])
                #expect(answer.status == 200)
                #expect(answer.headers.first(name: "content-type") == type)
                #expect(answer.headers.first(name: "content-disposition")?.hasPrefix("attachment") == true)
                #expect(answer.text.split(whereSeparator: \.isNewline).count == rows)
            }
            let csv = try await admin.send(.GET, "/admin/v1/usage/export?format=csv&from=2023-11-01&to=2023-12-01")
            #expect(csv.text.contains(#"r1,acme,key,"'=1+1",5,"#))
            let events = try await admin.send(.GET, "/admin/v1/usage/export?format=cloudevents")
            #expect(try events.json.elements.map { $0["id"]?.string } == ["r1", "r2"])
            #expect(try events.json.elements.allSatisfy { $0["specversion"]?.string == "1.0" })
            let head = try await admin.send(.HEAD, "/admin/v1/usage/export")
            #expect(head.status == 200 && head.body.readableBytes == 0)
        }
    }

    @Test("a large export waits for its reader, and is whole") func backPressure() async throws {
        try await TestAdmin.with { admin in
            // Some 18 MB: more than what the sockets of both ends take in.
            let count = 16_000
            let model = String(repeating: "m", count: 512)
            for start in stride(from: 0, to: count, by: 2_000) {
                try await admin.upload((start..<start + 2_000).map { TestAdmin.entry("request-\($0)", model: model) })
            }
            var expected = 0
            var whole = admin.administration.export(UsageQuery(), as: .cloudevents)
            while let piece = try await whole.next() { expected += piece.readableBytes }
            let before = admin.store.transactions
            let (address, token) = (admin.address, TestAdmin.token)
            let (stalledAt, bytes, end) = try await admin.client.withResponse(
                from: address, deadline: .now + .seconds(120)
            ) { _ in
                HTTPClientRequest(
                    method: .GET, target: "/admin/v1/usage/export?format=cloudevents",
                    headers: ["authorization": "Bearer \(token)"])
            } _: { response in
                var piece = try #require(try await response.next())
                var bytes = piece.readableBytes
                // Nobody reads: the pages stop.
                var last = -1
                while admin.store.transactions != last {
                    last = admin.store.transactions
                    try await Task.sleep(for: .milliseconds(300))
                }
                while let next = try await response.next() {
                    piece = next
                    bytes += next.readableBytes
                }
                return (last, bytes, String(String(buffer: piece).suffix(2)))
            }
            let pages = count / LedgerExport.pageRows
            #expect(stalledAt - before < pages * 8 / 10)
            #expect(admin.store.transactions - before >= pages)
            #expect(bytes == expected)
            #expect(end == "]\n")
        }
    }

    @Test("a database that goes away meanwhile cuts the export off") func cut() async throws {
        try await TestAdmin.with { admin in
            let model = String(repeating: "m", count: 512)
            for start in stride(from: 0, to: 16_000, by: 2_000) {
                try await admin.upload((start..<start + 2_000).map { TestAdmin.entry("request-\($0)", model: model) })
            }
            let (address, token) = (admin.address, TestAdmin.token)
            await #expect(throws: (any Error).self) {
                try await admin.client.withResponse(from: address, deadline: .now + .seconds(120)) { _ in
                    HTTPClientRequest(
                        method: .GET, target: "/admin/v1/usage/export", headers: ["authorization": "Bearer \(token)"])
                } _: { response in
                    _ = try await response.next()
                    admin.store.isAway.store(true, ordering: .relaxed)
                    while try await response.next() != nil {}
                }
            }
        }
    }
}
