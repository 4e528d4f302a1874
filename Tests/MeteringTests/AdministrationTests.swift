import Testing

@testable import Metering

@Suite("Administration", .serialized, .timeLimit(.minutes(5))) struct AdministrationTests {
    @Test("rotates a secret, the old one living on for a while", arguments: StoreKind.allCases)
    func rotation(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let made = try await store.key(budget: 1_000)
        let administration = try await store.administration()
        let ledger = try await store.open()
        try await ledger.running {
            #expect(try await ledger.key(for: made.secret).id == made.key.id)
            let rotated = try await administration.rotate(made.key.id, overlap: .seconds(60))
            #expect(rotated.key.id == made.key.id)
            #expect(try await ledger.key(for: rotated.secret).id == made.key.id)
            try await eventually(within: .seconds(2), "the rotation did not arrive") {
                try await ledger.key(for: made.secret).lastFour == String(rotated.secret.suffix(4))
            }
            store.clock.advance(seconds: 60)
            #expect(await meteringCode { _ = try await ledger.key(for: made.secret) } == .unknownKey)
            #expect(try await ledger.key(for: rotated.secret).id == made.key.id)
        }
    }

    @Test("keeps scopes, names and expiry as they are set", arguments: StoreKind.allCases)
    func update(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let made = try await store.key()
        let administration = try await store.administration()
        var change = Administration.KeyChange()
        change.name = "renamed"
        change.models = ["text-*"]
        change.endpoints = ["/v1/chat/completions"]
        change.addresses = ["192.0.2.0/24"]
        change.expiresAt = .some(5)
        _ = try await administration.update(made.key.id, change)
        let key = try await administration.key(made.key.id).key
        #expect(key.name == "renamed")
        let scope = KeyScope(models: ["text-*"], endpoints: ["/v1/chat/completions"], addresses: ["192.0.2.0/24"])
        #expect(key.scope == scope)
        // What is not named stays: whoever narrows one part does not lift another.
        var narrowed = Administration.KeyChange()
        narrowed.addresses = ["198.51.100.7"]
        let after = try await administration.update(made.key.id, narrowed)
        #expect(after.scope.models == scope.models && after.scope.endpoints == scope.endpoints)
        #expect(after.scope.addresses == ["198.51.100.7"])
        #expect(key.expiresAt == 5)
        #expect(key.scope.allows(model: "text-1"))
        #expect(!key.scope.allows(model: "image-1"))
        #expect(!key.scope.allows(endpoint: "/v1/embeddings"))
        change.models = ["a\nb"]
        #expect(await meteringCode { _ = try await administration.update(made.key.id, change) } == .invalidRequest)
        #expect(await meteringCode { _ = try await administration.update("key_none", .init()) } == .notFound)
        change = Administration.KeyChange()
        change.limits = [.spend: -1]
        #expect(await meteringCode { _ = try await administration.update(made.key.id, change) } == .amountOutOfRange)
        change.limits = [.credit: 1]
        #expect(await meteringCode { _ = try await administration.update(made.key.id, change) } == .invalidRequest)
    }

    @Test("books a payment once that is sent many times at once", arguments: StoreKind.allCases)
    func payments(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        _ = try await administration.createAccount("acme")
        let booked = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<12 {
                group.addTask { try await administration.topUp("acme", by: MicroUnits(500), id: "payment") }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(booked == 1)
        #expect(try await administration.account("acme").creditLeft == MicroUnits(500))
        await administration.close()
    }

    @Test("closes an account with all its keys, and opens it again", arguments: StoreKind.allCases)
    func closing(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let made = try await store.key()
        let administration = try await store.administration()
        let ledger = try await store.open()
        try await ledger.running {
            _ = try await ledger.key(for: made.secret)
            var change = Administration.AccountChange()
            change.isClosed = true
            _ = try await administration.updateAccount("acme", change)
            try await eventually(within: .seconds(2), "the account's key still works") {
                await meteringCode { _ = try await ledger.key(for: made.secret) } == .keyRevoked
            }
            change.isClosed = false
            _ = try await administration.updateAccount("acme", change)
            try await eventually(within: .seconds(2), "the account's key does not work again") {
                (try? await ledger.key(for: made.secret)) != nil
            }
        }
    }

    @Test("prices by time, the past as it was", arguments: StoreKind.allCases)
    func prices(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration()
        let ledger = try await store.open()
        #expect(ledger.price(of: "m") == nil)
        let now = store.clock.now()
        try await ledger.running {
            _ = try await administration.setPrice(of: "m", to: Price(perRequest: MicroUnits(5)))
            _ = try await administration.setPrice(
                of: "m", to: Price(perRequest: MicroUnits(9), perImage: MicroUnits(2)), startsAt: now + 60_000)
            try await eventually(within: .seconds(2), "the price did not arrive") {
                ledger.price(of: "m")?.perRequest == MicroUnits(5)
            }
            store.clock.advance(seconds: 60)
            try await eventually(within: .seconds(2), "the later price did not arrive") {
                ledger.price(of: "m") == Price(perRequest: MicroUnits(9), perImage: MicroUnits(2))
            }
        }
        let past = await meteringCode { _ = try await administration.setPrice(of: "m", to: .free, startsAt: now) }
        #expect(past == .invalidRequest)
        let negative = await meteringCode {
            _ = try await administration.setPrice(of: "m", to: Price(perRequest: MicroUnits(-1)))
        }
        #expect(negative == .amountOutOfRange)
    }

    @Test("writes down every change in a chain that shows tampering", arguments: StoreKind.allCases)
    func audit(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let administration = try await store.administration().acting(as: "alex")
        let key = try await administration.create(.init(account: "acme", name: "a=b\\c"))
        _ = try await administration.rotate(key.key.id, overlap: .zero)
        try await administration.revoke(key.key.id)
        _ = try await administration.createAccount("other")
        try await administration.topUp("other", by: MicroUnits(5), id: "p")
        let records = try await administration.audit()
        #expect(
            records.map(\.action) == ["key.create", "key.rotate", "key.revoke", "account.create", "credit.add"])
        #expect(records.allSatisfy { $0.actor == "alex" && !$0.detail.contains(key.secret) })
        #expect(records[0].detail.contains("name=a\\eb\\\\c"))
        let whole = try await administration.verifyAudit()
        #expect(whole.count == 5)
        #expect(whole.broken == nil)
        for (change, broken) in [
            ("UPDATE audit_log SET detail = 'x' WHERE sequence = 3", 3),
            ("DELETE FROM audit_log WHERE sequence = 5", 5),
        ] as [(String, Int64)] {
            let copy = try await store.administration()
            try await copy.store.transaction { _ = try $0.execute(change) }
            #expect(try await copy.verifyAudit().broken == min(3, broken))
        }
    }

    @Test("tells what a migration would do, and does it", arguments: StoreKind.allCases)
    func dryRun(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let raw = try Stores.open(store.configuration())
        let pending = try await Migrator.pending(raw)
        #expect(pending.map(\.version) == [1, 2])
        #expect(pending.allSatisfy { !$0.statements.isEmpty })
        #expect(try await Migrator.migrate(raw, now: 0) == [1, 2])
        #expect(try await Migrator.pending(raw).isEmpty)
    }

    @Test("carries keys, budgets and usage of the first schema over", arguments: StoreKind.allCases)
    func upgrade(kind: StoreKind) async throws {
        let store = try TestStore(kind)
        let raw = try Stores.open(store.configuration())
        let secret = KeySecret.generate()
        try await raw.transaction { session in
            try session.execute(
                "CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)")
            for statement in Schema.migrations[0] {
                if let text = statement.text(for: session.dialect) { try session.execute(text) }
            }
            let hash = SecretHash(of: secret, pepper: try KeyQueries.pepper(session)).hex
            for text in [
                "INSERT INTO schema_version (version, applied_at) VALUES (1, 0)",
                "INSERT INTO accounts (id, created_at) VALUES ('acme', 0)",
                """
                INSERT INTO api_keys (id, account_id, name, secret_hash, last_four, requests_per_minute, created_at, \
                revision) VALUES ('key_1', 'acme', 'old', '\(hash)', 'last', 60, 0, 1)
                """,
                "INSERT INTO budgets (key_id, ceiling, spent, leased, recalls) VALUES ('key_1', 1000, 300, 100, 0)",
                "INSERT INTO budget_leases (key_id, replica_id, amount, recalls) VALUES ('key_1', 'r', 100, 0)",
                """
                INSERT INTO usage_ledger (request_id, account_id, key_id, model, netuid, endpoint, prompt_tokens, \
                completion_tokens, price, waived, status, is_stream, started_at, finished_at) \
                VALUES ('req', 'acme', 'key_1', 'm', 1, '/v1', 5, 6, 300, 0, 200, 0, 1700000000000, 1700000000001)
                """,
            ] { try session.execute(text) }
        }
        let ledger = try await store.open()
        let key = try await ledger.key(for: secret)
        #expect(key.limits == [.requestsPerMinute: 60, .spend: 1_000])
        #expect(await meteringCode { try await ledger.charge(key, "no", hold: 601) } == .budgetExhausted)
        try await ledger.charge(key, "yes", hold: 600, price: 600)
        await ledger.shutDown()
        #expect(try await store.books(of: key) == .init(rows: 2, charged: 900, spent: 900, leased: 100))
    }
}
