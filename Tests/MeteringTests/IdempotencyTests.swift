import Testing

@testable import Metering

@Suite("Named requests", .serialized, .timeLimit(.minutes(5))) struct IdempotencyTests {
    private static let content = Array("a request".utf8)

    private func begin(
        _ ledger: Ledger, _ key: IdempotencyKey, _ requestID: String, content: [UInt8] = content
    ) async throws -> IdempotentStart {
        try await ledger.begin(key, content: content, requestID: requestID, lifetime: .seconds(600))
    }

    @Test("run once, and give what was kept from then on", arguments: StoreKind.allCases)
    func once(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let (key, secret) = try await store.key()
        let (first, second) = (try await store.open("a"), try await store.open("b"))
        let name = try #require(IdempotencyKey("order 1", of: key, secret: secret))
        #expect(try await begin(first, name, "r1") == .run(requestID: "r1", startedAt: store.clock.now()))
        #expect(try await begin(second, name, "r2") == .inProgress)
        #expect(try await begin(second, name, "r2", content: [1]) == .mismatch)
        let answer = Array("the answer".utf8)
        await first.keep(answer, of: name, requestID: "r1")
        for ledger in [first, second] {
            #expect(try await begin(ledger, name, "r3") == .answered(answer, requestID: "r1"))
            #expect(try await begin(ledger, name, "r3", content: []) == .mismatch)
        }
        // Another name or key is another request.
        let other = try await store.key()
        for name in [
            IdempotencyKey("order 2", of: key, secret: secret),
            IdempotencyKey("order 1", of: other.key, secret: secret),
        ] {
            #expect(
                try await begin(first, try #require(name), "r4") == .run(requestID: "r4", startedAt: store.clock.now()))
        }
        for ledger in [first, second] { await ledger.shutDown() }
    }

    @Test(
        "are charged once, also by a secret that came since; only the first reads the answer",
        arguments: StoreKind.allCases)
    func rotated(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let (key, old) = try await store.key()
        let ledger = try await store.open()
        let administration = try await store.administration()
        let new = try await administration.rotate(key.id, overlap: .seconds(60)).secret
        let name = try #require(IdempotencyKey("order", of: key, secret: old))
        let renamed = try #require(IdempotencyKey("order", of: key, secret: new))
        _ = try await begin(ledger, name, "r1")
        #expect(try await begin(ledger, renamed, "r2") == .inProgress)
        await ledger.keep([1], of: name, requestID: "r1")
        #expect(try await begin(ledger, renamed, "r2") == .unavailable(requestID: "r1"))
        #expect(try await begin(ledger, renamed, "r2", content: [1]) == .mismatch)
        #expect(try await begin(ledger, name, "r2") == .answered([1], requestID: "r1"))
        await ledger.shutDown()
    }

    @Test("leave nothing by which a guessed prompt can be told", arguments: StoreKind.allCases)
    func guesses(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let ledger = try await store.open()
        for number in 0..<2 {
            let (key, secret) = try await store.key()
            _ = try await begin(ledger, try #require(IdempotencyKey("order", of: key, secret: secret)), "r\(number)")
        }
        let hashes = try await ledger.store.transaction { session in
            try session.execute("SELECT request_hash FROM outcomes").map { try $0.text("request_hash") }
        }
        #expect(Set(hashes).count == 2, "two callers' same request looks the same")
        await ledger.shutDown()
    }

    @Test("of many at once on several replicas one runs", arguments: StoreKind.allCases)
    func atOnce(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let (key, secret) = try await store.key()
        let ledgers = [try await store.open("a"), try await store.open("b"), try await store.open("c")]
        let name = try #require(IdempotencyKey("order", of: key, secret: secret))
        let starts = try await withThrowingTaskGroup(of: IdempotentStart.self) { group in
            for number in 0..<30 {
                group.addTask { try await begin(ledgers[number % 3], name, "r\(number)") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(starts.filter { $0 == .inProgress }.count == 29)
        for ledger in ledgers { await ledger.shutDown() }
    }

    @Test("that failed may run again; one too large is not answered twice", arguments: StoreKind.allCases)
    func endings(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let (key, secret) = try await store.key()
        let ledger = try await store.open()
        let name = try #require(IdempotencyKey("order", of: key, secret: secret))
        _ = try await begin(ledger, name, "r1")
        await ledger.forget(name, requestID: "r1")
        #expect(try await begin(ledger, name, "r2") == .run(requestID: "r2", startedAt: store.clock.now()))
        // What a first attempt leaves behind when it ends late changes nothing of the second's.
        await ledger.forget(name, requestID: "r1")
        await ledger.keep([1], of: name, requestID: "r1")
        #expect(try await begin(ledger, name, "r3") == .inProgress)
        await ledger.keep(nil, of: name, requestID: "r2")
        #expect(try await begin(ledger, name, "r4") == .unavailable(requestID: "r2"))
        await ledger.shutDown()
    }

    @Test("go on under their id when their process died, and are forgotten in time", arguments: StoreKind.allCases)
    func deaths(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let (key, secret) = try await store.key()
        let other = try await store.open("b")
        let name = try #require(IdempotencyKey("order", of: key, secret: secret))
        let start = store.clock.now()
        do {
            let dying = try await store.open("a")
            _ = try await begin(dying, name, "r1")
            await dying.shutDown()
        }
        #expect(try await begin(other, name, "r2") == .inProgress)
        store.clock.advance(seconds: 5)
        let restarted = try await store.open("a")
        #expect(try await begin(other, name, "r2") == .run(requestID: "r1", startedAt: start))
        await other.keep([1], of: name, requestID: "r1")
        #expect(try await begin(other, name, "r3") == .answered([1], requestID: "r1"))
        store.clock.advance(seconds: 86_401)
        #expect(try await begin(other, name, "r4") == .run(requestID: "r4", startedAt: store.clock.now()))
        for ledger in [restarted, other] { await ledger.shutDown() }
    }

    @Test("are forgotten bit by bit, however many there are", arguments: StoreKind.allCases)
    func backlog(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let (key, secret) = try await store.key()
        let ledger = try await store.open()
        for number in 0..<7 {
            let name = try #require(IdempotencyKey("order \(number)", of: key, secret: secret))
            _ = try await begin(ledger, name, "r\(number)")
            await ledger.keep([1], of: name, requestID: "r\(number)")
        }
        store.clock.advance(seconds: 86_401)
        let now = store.clock.now()
        var rounds = 0
        while try await ledger.store.transaction({ try OutcomeQueries.forgetExpired(at: now, $0, limit: 3) }) {
            rounds += 1
        }
        #expect(rounds == 2)
        let left = try await ledger.store.transaction { try $0.execute("SELECT request_id FROM outcomes").count }
        #expect(left == 0)
        await ledger.shutDown()
    }

    @Test("have names of one to 255 printable characters")
    func names() async throws {
        let key = APIKey(id: "k", account: "a", name: "n")
        for text in ["", "a\nb", "\u{e9}", String(repeating: "x", count: 256)] {
            #expect(IdempotencyKey(text, of: key, secret: "s") == nil)
        }
        for text in [
            "x", String(repeating: "x", count: 255), "7f1c…".replacing("…", with: "-"), "\"quoted, with comma\"",
        ] {
            #expect(IdempotencyKey(text, of: key, secret: "s") != nil)
        }
    }

    @Test("are kept so that only who knows key and name reads the answer")
    func sealed() throws {
        let key = APIKey(id: "k", account: "a", name: "n")
        let name = try #require(IdempotencyKey("order", of: key, secret: "secret"))
        let sealed = name.seal(Array("an answer".utf8))
        #expect(name.open(sealed) == Array("an answer".utf8))
        #expect(name.open(name.seal([])) == [])
        #expect(IdempotencyKey("order", of: key, secret: "other")?.open(sealed) == nil)
        #expect(IdempotencyKey("order2", of: key, secret: "secret")?.open(sealed) == nil)
        for damaged in ["", "00", String(sealed.dropLast(2)), "ff" + sealed.dropFirst(2), sealed + "00", "no hex"] {
            #expect(name.open(damaged) == nil)
        }
    }
}
