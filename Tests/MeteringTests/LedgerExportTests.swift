import Foundation
import NIOCore
import Testing

@testable import Metering

@Suite("Exports of the ledger", .serialized, .timeLimit(.minutes(5))) struct LedgerExportTests {
    private func text(_ query: UsageQuery, _ format: UsageFormat, _ administration: Administration) async throws
        -> (text: String, pieces: Int)
    {
        var export = administration.export(query, as: format)
        var whole = ByteBuffer()
        var pieces = 0
        while var piece = try await export.next() {
            #expect(piece.readableBytes > 0)
            #expect(piece.readableBytes < 1 << 19)
            whole.writeBuffer(&piece)
            pieces += 1
        }
        #expect(try await export.next() == nil)
        return (String(buffer: whole), pieces)
    }

    private struct Row: Decodable, Equatable {
        var requestId, accountId, keyId, model, startedAt: String
        var priceMicros: Int64
    }

    private func rows(_ text: String) throws -> [Row] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try text.split(separator: "\n").map { try decoder.decode(Row.self, from: Data($0.utf8)) }
    }

    @Test("hold each row once, by account and time, over any number of pages", arguments: StoreKind.allCases)
    func complete(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        let now = store.clock.now()
        // One account with more rows than two pages, many at one time; pages that end with an account; accounts with few.
        let counts = ["acme": 1_203, "b": LedgerExport.pageRows, "c": 1, "d": 250]
        for (account, count) in counts {
            try await administration.upload(
                (0..<count).map { number in
                    .fixture(
                        "\(account)-\(number)", price: 3, model: "m\(number % 2)", account: account,
                        key: "key-\(account)", startedAt: now + Int64(number / 400) * 1_000)
                })
        }
        let total = counts.values.reduce(0, +)
        let found = try rows(try await text(UsageQuery(), .jsonl, administration).text)
        #expect(found.count == total)
        #expect(Set(found.map(\.requestId)).count == total)
        let order = found.map { [$0.accountId, $0.startedAt, $0.requestId] }
        #expect(zip(order, order.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
        let ofAccount = try await text(UsageQuery(account: "acme", model: "m1"), .jsonl, administration)
        #expect(try rows(ofAccount.text).count == 601)
        let part = UsageQuery(account: "acme", from: now + 1_000, until: now + 2_000)
        #expect(try rows(try await text(part, .jsonl, administration).text).count == 400)
        #expect(try await text(UsageQuery(account: "none"), .jsonl, administration).pieces == 0)
        let csv = try await text(UsageQuery(), .csv, administration)
        #expect(csv.pieces == 4)
        #expect(csv.text.split(separator: "\r\n").count == total + 1)
        let events = try await text(UsageQuery(), .cloudevents, administration).text
        let array = try #require(try JSONSerialization.jsonObject(with: Data(events.utf8)) as? [[String: Any]])
        #expect(array.count == total)
    }

    @Test("find a key's rows by its account, also where most accounts have none", arguments: StoreKind.allCases)
    func byKey(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let made = try await store.key().key
        let administration = try await store.administration()
        let now = store.clock.now()
        try await administration.upload(
            (0..<10).map { .fixture("own-\($0)", key: made.id, startedAt: now) }
                + (0..<5).map { .fixture("other-\($0)", key: "other", startedAt: now) })
        #expect(try rows(try await text(UsageQuery(keyID: made.id), .jsonl, administration).text).count == 10)
        // More accounts without a row in the time than one piece looks into.
        try await administration.upload(
            (0..<230).map { .fixture("old-\($0)", account: "z-\($0 + 100)", startedAt: now - Period.dayLength) }
                + [.fixture("last", account: "zz", startedAt: now)])
        let found = try rows(try await text(UsageQuery(from: now), .jsonl, administration).text)
        #expect(found.count == 16 && found.last?.requestId == "last")
    }

    @Test("of an empty ledger are whole files", arguments: UsageFormat.allCases)
    func empty(format: UsageFormat) async throws {
        let administration = try await TestStore(.sqlite).administration()
        let text = try await text(UsageQuery(), format, administration).text
        switch format {
        case .csv: #expect(text.hasPrefix("request_id,account_id,key_id,model,") && text.hasSuffix("finished_at\r\n"))
        case .jsonl: #expect(text.isEmpty)
        case .cloudevents: #expect(text == "[\n]\n")
        }
    }

    @Test("write CloudEvents as their specification has them") func events() async throws {
        let store = try TestStore(.sqlite)
        let administration = try await store.administration()
        try await administration.upload([.fixture("request-1", key: "key_1", startedAt: store.clock.now())])
        let text = try await text(UsageQuery(), .cloudevents, administration).text
        let event = try #require(
            (try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])?.first)
        #expect(event["specversion"] as? String == "1.0")
        #expect(event["id"] as? String == "request-1")
        #expect(event["source"] as? String == "urn:thalamus:ledger")
        #expect(event["type"] as? String == "thalamus.usage.settled")
        #expect(event["subject"] as? String == "acme")
        #expect(event["time"] as? String == "2023-11-14T22:13:20.250Z")
        #expect(event["datacontenttype"] as? String == "application/json")
        let data = try #require(event["data"] as? [String: Any])
        #expect(data["price_micros"] as? Int == 60)
        #expect(Set(data.keys) == Set(LedgerEntry.exportedNames))
    }

    @Test(
        "quote fields of CSV that a spreadsheet would run",
        arguments: [
            ("plain", "plain"), ("", ""), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\r\nb", "\"a\r\nb\""),
            ("=1+1", "\"'=1+1\""), ("+1", "\"'+1\""), ("-1", "\"'-1\""), ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""), ("\r=1", "\"'\r=1\""), ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("=\"x\"", "\"'=\"\"x\"\"\""), ("＝1+1", "'＝1+1"), (" =1", " =1"), ("a=1", "a=1"),
        ])
    func formulas(value: String, written: String) {
        var line = CSVLine()
        line.append(value)
        var buffer = ByteBuffer()
        line.write(to: &buffer)
        #expect(String(buffer: buffer) == written + "\r\n")
    }

    @Test("keep foreign texts in their fields", arguments: StoreKind.allCases)
    func foreign(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        try await administration.upload([
            .fixture(
                "request-1", model: "=HYPERLINK(\"http://x\",\"y\")", account: "+a,b", startedAt: store.clock.now())
        ])
        let text = try await text(UsageQuery(), .csv, administration).text
        #expect(
            text.contains(
                #"request-1,"'+a,b",,"'=HYPERLINK(""http://x"",""y"")",5,/v1/chat/completions,7,11,60,0,200,true,"#))
        let sums = try await administration.usage(UsageQuery(groupedBy: [.model]))
        let csv = String(buffer: UsageTotal.csv(sums, columns: [.model]))
        #expect(
            csv
                == "model,requests,prompt_tokens,completion_tokens,price_micros,waived_micros\r\n"
                + #""'=HYPERLINK(""http://x"",""y"")",1,7,11,60,0"# + "\r\n")
    }
}
