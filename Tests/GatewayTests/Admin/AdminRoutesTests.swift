import JSON
import NIOHTTP1
import Testing

@testable import Gateway
@testable import Metering

@Suite("Admin API", .timeLimit(.minutes(2))) struct AdminRoutesTests {
    private let json: HTTPHeaders = ["content-type": "application/json"]

    @Test("accounts are made, changed, closed and opened again") func accounts() async throws {
        try await TestAdmin.with { admin in
            let made = try await admin.send(
                .POST, "/admin/v1/accounts",
                #"{"id":"acme","name":"Acme","rpm_limit":60,"monthly_budget_micros":25000000,"margin_bps":-500}"#)
            #expect(made.status == 201)
            #expect(try made.json["object"]?.string == "account" && made.json["status"]?.string == "open")
            #expect(try made.json["monthly_budget_micros"]?.int == 25_000_000)
            #expect(try made.json["tpm_limit"]?.isNull == true)
            #expect(try await admin.send(.POST, "/admin/v1/accounts", #"{"id":"acme"}"#).code == "conflict")
            #expect(try await admin.send(.POST, "/admin/v1/plans", #"{"id":"basic","tpm_limit":1000}"#).status == 201)
            let changed = try await admin.send(
                .PATCH, "/admin/v1/accounts/acme", #"{"plan_id":"basic","rpm_limit":null,"margin_bps":null}"#)
            #expect(try changed.json["plan_id"]?.string == "basic" && changed.json["rpm_limit"]?.isNull == true)
            #expect(try changed.json["margin_bps"]?.isNull == true && changed.json["name"]?.string == "Acme")
            #expect(try changed.json["monthly_budget_micros"]?.int == 25_000_000)
            let unknown = try await admin.send(.PATCH, "/admin/v1/accounts/acme", #"{"plan_id":"none"}"#)
            #expect(unknown.status == 404)
            #expect(try await admin.send(.GET, "/admin/v1/accounts/none").status == 404)
            #expect(try await admin.send(.POST, "/admin/v1/accounts/acme/close").json["status"]?.string == "closed")
            #expect(try await admin.send(.POST, "/admin/v1/accounts/acme/reopen").json["closed_at"]?.isNull == true)
            _ = try await admin.send(.POST, "/admin/v1/accounts", #"{"id":"b"}"#)
            let first = try await admin.send(.GET, "/admin/v1/accounts?limit=1")
            #expect(try first.json["has_more"]?.bool == true)
            let next = try #require(try first.json["next_after"]?.string)
            let second = try await admin.send(.GET, "/admin/v1/accounts?limit=1&after=\(next)")
            #expect(try second.json["data"]?.elements.map { $0["id"]?.string } == ["b"])
            #expect(try second.json["has_more"]?.bool == false && second.json["next_after"]?.isNull == true)
        }
    }

    @Test("a key's secret is shown once, works, and ends") func keys() async throws {
        try await TestAdmin.with { admin in
            let ledger = try await Ledger.open(admin.configuration, logger: admin.log.logger)
            let unknown = try await admin.send(.POST, "/admin/v1/keys", #"{"account_id":"acme","name":"n"}"#)
            #expect(unknown.status == 404)
            _ = try await admin.send(.POST, "/admin/v1/accounts", #"{"id":"acme"}"#)
            let made = try await admin.send(
                .POST, "/admin/v1/keys",
                """
                {"account_id":"acme","name":"app","models":["text-*"],"allowed_ips":["192.0.2.0/24"],"rpm_limit":5,\
                "max_budget_micros":1000000,"expires_at":"2099-01-31T00:00:00Z"}
                """)
            #expect(made.status == 201)
            let secret = try #require(try made.json["key"]?.string)
            let id = try #require(try made.json["id"]?.string)
            #expect(try await ledger.key(for: secret).id == id)
            #expect(try made.json["expires_at"]?.string == "2099-01-31T00:00:00.000Z")
            let shown = try await admin.send(.GET, "/admin/v1/keys/\(id)")
            #expect(try !shown.text.contains(secret) && shown.json["key"] == nil)
            #expect(try shown.json["key_name"]?.string == "...\(secret.suffix(4))")
            #expect(try shown.json["status"]?.string == "active" && shown.json["spend_micros"]?.int == 0)
            let changed = try await admin.send(
                .PATCH, "/admin/v1/keys/\(id)", #"{"rpm_limit":null,"tpd_limit":9,"allowed_routes":["/v1/embeddings"]}"#
            )
            #expect(try changed.json["rpm_limit"]?.isNull == true && changed.json["tpd_limit"]?.int == 9)
            #expect(try changed.json["models"]?.elements.map(\.string) == ["text-*"])
            let bad = try await admin.send(.PATCH, "/admin/v1/keys/\(id)", #"{"allowed_ips":["somewhere"]}"#)
            #expect(bad.status == 400)
            let rotated = try await admin.send(
                .POST, "/admin/v1/keys/\(id)/regenerate", #"{"grace_period_seconds":60}"#)
            let second = try #require(try rotated.json["key"]?.string)
            #expect(second != secret)
            #expect(try await ledger.key(for: second).id == id)
            #expect(try await ledger.key(for: secret).id == id)
            #expect(try await admin.send(.DELETE, "/admin/v1/keys/\(id)").json["status"]?.string == "revoked")
            #expect(try await admin.send(.POST, "/admin/v1/keys/\(id)/regenerate").status == 409)
            for (method, path) in [(.GET, ""), (.PATCH, ""), (.DELETE, ""), (.POST, "/regenerate")]
                as [(HTTPMethod, String)]
            {
                #expect(try await admin.send(method, "/admin/v1/keys/key_none\(path)").status == 404)
            }
            #expect(try await admin.send(.GET, "/admin/v1/keys?account_id=acme").json["data"]?.count == 1)
            #expect(try await admin.send(.GET, "/admin/v1/keys?account_id=none").status == 404)
            await ledger.shutDown()
        }
    }

    @Test("a payment with one id is booked once") func credits() async throws {
        try await TestAdmin.with { admin in
            _ = try await admin.send(.POST, "/admin/v1/accounts", #"{"id":"acme"}"#)
            _ = try await admin.send(.POST, "/admin/v1/accounts", #"{"id":"other"}"#)
            let path = "/admin/v1/accounts/acme/credits"
            let payment = #"{"id":"pay_1","amount_micros":5000000,"reason":"card"}"#
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await admin.send(.POST, path, payment).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(answers.sorted() == [200, 200, 200, 200, 200, 200, 200, 201])
            func left() async throws -> Int? {
                try await admin.send(.GET, "/admin/v1/accounts/acme").json["credit_left_micros"]?.int
            }
            #expect(try await left() == 5_000_000)
            let other = try await admin.send(.POST, path, #"{"id":"pay_1","amount_micros":5000001}"#)
            #expect(other.status == 409)
            let elsewhere = try await admin.send(.POST, "/admin/v1/accounts/other/credits", payment)
            #expect(elsewhere.status == 409)
            let nobody = try await admin.send(
                .POST, "/admin/v1/accounts/none/credits", #"{"id":"p","amount_micros":1}"#)
            #expect(nobody.status == 404)
            let refunds = "/admin/v1/accounts/acme/refunds"
            #expect(try await admin.send(.POST, refunds, #"{"id":"ref_1","amount_micros":6000000}"#).status == 400)
            let refund = try await admin.send(.POST, refunds, #"{"id":"ref_1","amount_micros":2000000}"#)
            #expect(try refund.json["amount_micros"]?.int == -2_000_000)
            #expect(try await left() == 3_000_000)
            let list = try await admin.send(.GET, path)
            #expect(try Set(list.json["data"]?.elements.map { $0["id"]?.string } ?? []) == ["ref_1", "pay_1"])
        }
    }

    @Test(
        "amounts that are none are refused, and named",
        arguments: [
            "-1", "9000000000000001", "9223372036854775808", "-9223372036854775809", "1e3", "1.5", "\"5\"", "true",
            "[]", "{}",
        ])
    func amounts(amount: String) async throws {
        try await TestAdmin.with { admin in
            _ = try await admin.send(.POST, "/admin/v1/accounts", #"{"id":"acme"}"#)
            let requests: [(HTTPMethod, String, String, String)] = [
                (.POST, "/admin/v1/accounts/acme/credits", #"{"id":"p","amount_micros":\#(amount)}"#, "amount_micros"),
                (.POST, "/admin/v1/accounts/acme/refunds", #"{"id":"p","amount_micros":\#(amount)}"#, "amount_micros"),
                (.PATCH, "/admin/v1/accounts/acme", #"{"daily_budget_micros":\#(amount)}"#, "daily_budget_micros"),
                (
                    .POST, "/admin/v1/keys", #"{"account_id":"acme","name":"n","max_budget_micros":\#(amount)}"#,
                    "max_budget_micros"
                ),
                (
                    .POST, "/admin/v1/plans", #"{"id":"p","monthly_free_quota_micros":\#(amount)}"#,
                    "monthly_free_quota_micros"
                ),
                (.POST, "/admin/v1/prices", #"{"model":"m","per_image_micros":\#(amount)}"#, "per_image_micros"),
            ]
            for (method, target, body, name) in requests {
                let answer = try await admin.send(method, target, body)
                #expect(answer.status == 400, "\(target) \(body)")
                #expect(try answer.json["error"]?["param"]?.string == name)
            }
            #expect(try await admin.administration.audit().count == 1)
        }
    }

    @Test("prices are set from a time on and kept") func prices() async throws {
        try await TestAdmin.with { admin in
            let now = try await admin.send(
                .POST, "/admin/v1/prices", #"{"model":"org/text","per_million_prompt_tokens_micros":150000}"#)
            #expect(now.status == 201)
            #expect(try now.json["per_million_completion_tokens_micros"]?.int == 0)
            let later = try await admin.send(
                .POST, "/admin/v1/prices",
                #"{"model":"org/text","per_request_micros":7,"starts_at":"2099-01-01T00:00:00+01:00"}"#)
            #expect(try later.json["starts_at"]?.string == "2098-12-31T23:00:00.000Z")
            let past = try await admin.send(
                .POST, "/admin/v1/prices", #"{"model":"m","per_request_micros":7,"starts_at":"2020-01-01"}"#)
            #expect(past.status == 400)
            #expect(try await admin.send(.POST, "/admin/v1/prices", #"{"model":"m"}"#).status == 400)
            let inForce = try await admin.send(.GET, "/admin/v1/prices")
            #expect(try inForce.json["data"]?.elements.map { $0["per_request_micros"]?.int } == [0])
            for path in ["org/text", "org%2Ftext"] {
                let history = try await admin.send(.GET, "/admin/v1/prices/\(path)?limit=5")
                #expect(try history.json["data"]?.elements.map { $0["per_request_micros"]?.int } == [0, 7])
            }
            #expect(try await admin.send(.GET, "/admin/v1/prices/none").status == 404)
        }
    }

    @Test("the audit log tells who did what, and is whole") func audit() async throws {
        try await TestAdmin.with { admin in
            for id in ["a", "b", "c"] { _ = try await admin.send(.POST, "/admin/v1/accounts", #"{"id":"\#(id)"}"#) }
            let list = try await admin.send(.GET, "/admin/v1/audit?limit=2")
            #expect(try list.json["data"]?.elements.map { $0["subject"]?.string } == ["a", "b"])
            #expect(try list.json["data"]?.elements.allSatisfy { $0["actor"]?.string == "admin" } == true)
            let next = try #require(try list.json["next_after"]?.string)
            let last = try await admin.send(.GET, "/admin/v1/audit?after=\(next)")
            let verified = try await admin.send(.GET, "/admin/v1/audit/verify")
            #expect(try verified.json["whole"]?.bool == true && verified.json["records"]?.int == 3)
            #expect(
                try verified.json["last_hash"]?.string
                    == last.json["data"]?.elements.first { _ in true }?["hash"]?.string)
            try await admin.store.transaction {
                _ = try $0.execute("UPDATE audit_log SET actor = 'x' WHERE sequence = 2")
            }
            let broken = try await admin.send(.GET, "/admin/v1/audit/verify")
            #expect(try broken.json["whole"]?.bool == false && broken.json["broken_at"]?.int == 2)
        }
    }

    @Test(
        "bodies and queries that are not understood are refused",
        arguments: [
            (.POST, "/admin/v1/accounts", #"{"id":"a","rpm_limits":5}"#, "unknown_parameter"),
            (.POST, "/admin/v1/accounts", #"{"id":5}"#, "invalid_type"),
            (.POST, "/admin/v1/accounts", #"{"id":""}"#, "invalid_value"),
            (.POST, "/admin/v1/accounts", #"{"id":"a\u0000"}"#, "invalid_value"),
            (.POST, "/admin/v1/accounts", "[]", "invalid_json"), (.POST, "/admin/v1/accounts", "{", "invalid_json"),
            (.POST, "/admin/v1/accounts", "", "missing_required_parameter"),
            (.POST, "/admin/v1/accounts", #"{"id":"a","margin_bps":-10001}"#, "invalid_value"),
            (.POST, "/admin/v1/keys", #"{"account_id":"x","name":"n","expires_at":"soon"}"#, "invalid_value"),
            (.POST, "/admin/v1/keys", #"{"account_id":"x","name":"n","expires_at":5}"#, "invalid_type"),
            (.POST, "/admin/v1/keys", #"{"account_id":"x","name":"n","key":"short"}"#, "invalid_value"),
            (.POST, "/admin/v1/keys", #"{"account_id":"x","name":"n","models":"all"}"#, "invalid_type"),
            (
                .POST, "/admin/v1/keys", #"{"account_id":"x","name":"n","monthly_free_quota_micros":1}"#,
                "unknown_parameter"
            ),
            (.POST, "/admin/v1/keys/x/regenerate", #"{"grace_period_seconds":-1}"#, "invalid_value"),
            (.GET, "/admin/v1/accounts?limit=0", "", "invalid_value"),
            (.GET, "/admin/v1/accounts?limit=x", "", "invalid_value"),
            (.GET, "/admin/v1/accounts?limit=1&limit=2", "", "invalid_value"),
            (.GET, "/admin/v1/accounts?after=zz", "", "invalid_value"),
            (.GET, "/admin/v1/accounts?page=2", "", "unknown_parameter"),
            (.GET, "/admin/v1/accounts?after=%ff", "", "invalid_url"),
            (.GET, "/admin/v1/accounts?after=%0", "", "invalid_url"),
            (.GET, "/admin/v1/usage?group_by=hour", "", "invalid_value"),
            (.GET, "/admin/v1/usage?from=yesterday", "", "invalid_value"),
            (.GET, "/admin/v1/usage/export?format=xml", "", "invalid_value"),
            (.GET, "/admin/v1/usage/export?limit=5", "", "unknown_parameter"),
        ] as [(HTTPMethod, String, String, String)])
    func malformed(method: HTTPMethod, target: String, body: String, code: String) async throws {
        try await TestAdmin.with { admin in
            let answer = try await admin.send(method, target, body)
            #expect(answer.status == 400 && answer.code == code, "\(answer.text)")
            #expect(try answer.json["error"]?["type"]?.string == "invalid_request_error")
            #expect(answer.headers.first(name: "x-request-id")?.hasPrefix("req_") == true)
        }
    }
}
