import Foundation
import HTTPTransport
import JSON
import NIOHTTP1
import Signing
import Synchronization
import Testing

@testable import Gateway
@testable import Metering

@Suite("Access to the admin API", .timeLimit(.minutes(2))) struct AdminAccessTests {
    /// A request for every route there is.
    private func requests(_ admin: TestAdmin) -> [(method: HTTPMethod, target: String)] {
        AdminAPI.routes(admin.administration).map { route in
            (route.method, route.pattern.replacing(/\{[a-z.]+\}/, with: "x"))
        }
    }

    @Test("every route is shut without the token, and to API keys") func isolation() async throws {
        try await TestAdmin.with { admin in
            let (_, key) = try await admin.administration.create(.init(account: "acme", name: "n"))
            let requests = requests(admin)
            #expect(requests.count > 20)
            let before = admin.store.transactions
            for (method, target) in requests {
                for (token, status, code) in [
                    (nil, 401, "invalid_admin_token"), ("", 401, "invalid_admin_token"),
                    (TestAdmin.token + "x", 401, "invalid_admin_token"),
                    (String(TestAdmin.token.dropLast()), 401, "invalid_admin_token"),
                    (TestAdmin.token.uppercased(), 401, "invalid_admin_token"), (key, 403, "admin_token_required"),
                    ("sk-th-nothing", 401, "invalid_admin_token"),
                ] as [(String?, Int, String)] {
                    let answer = try await admin.send(method, target, method == .GET ? "" : "{", token: token)
                    #expect(answer.status == status, "\(method) \(target) with \(token ?? "nothing")")
                    #expect(answer.code == code)
                    #expect((answer.headers.first(name: "www-authenticate") != nil) == (status == 401))
                }
            }
            // The database was not asked: what it does not say can't be told, and it being away changes nothing.
            #expect(admin.store.transactions == before)
            for (method, target) in requests {
                let answer = try await admin.send(method, target)
                #expect(![401, 403, 405, 500].contains(answer.status), "\(method) \(target): \(answer.text)")
            }
        }
    }

    @Test("what can't be known is 503, never 401 or 404") func away() async throws {
        try await TestAdmin.with { admin in
            admin.store.isAway.store(true, ordering: .relaxed)
            let bodies = [
                "/admin/v1/accounts": #"{"id":"a"}"#, "/admin/v1/keys": #"{"account_id":"a","name":"n"}"#,
                "/admin/v1/plans": #"{"id":"a"}"#, "/admin/v1/prices": #"{"model":"m","per_request_micros":1}"#,
                "/admin/v1/accounts/x/credits": #"{"id":"a","amount_micros":1}"#,
                "/admin/v1/accounts/x/refunds": #"{"id":"a","amount_micros":1}"#,
            ]
            for (method, target) in requests(admin) {
                let answer = try await admin.send(method, target, method == .POST ? bodies[target] ?? "" : "")
                #expect(answer.status == 503, "\(method) \(target): \(answer.text)")
                #expect(answer.code == "metering_unavailable")
                #expect(answer.headers.first(name: "retry-after") == "2")
                #expect(try await admin.send(method, target, token: "wrong").status == 401)
            }
            admin.store.isAway.store(false, ordering: .relaxed)
            #expect(try await admin.send(.GET, "/admin/v1/accounts").status == 200)
        }
    }

    @Test("neither token nor secrets are logged, and nothing is cached") func log() async throws {
        try await TestAdmin.with { admin in
            _ = try await admin.send(.POST, "/admin/v1/accounts", #"{"id":"acme"}"#)
            let made = try await admin.send(.POST, "/admin/v1/keys", #"{"account_id":"acme","name":"n"}"#)
            let secret = try #require(try made.json["key"]?.string)
            #expect(made.headers.first(name: "cache-control") == "no-store")
            let near = TestAdmin.token + "-nearly"
            _ = try await admin.send(.GET, "/admin/v1/keys", token: near)
            _ = try await admin.send(.GET, "/admin/v1/keys", token: secret)
            _ = try await admin.send(.GET, "/admin/v1/nothing")
            try await eventually { admin.log.lines.count { $0.contains("Admin request answered") } >= 5 }
            let text = admin.log.lines.joined(separator: "\n")
            for hidden in [TestAdmin.token, near, secret, String(secret.dropFirst(6))] {
                #expect(!text.contains(hidden))
            }
            #expect(text.contains("POST /admin/v1/keys"))
            #expect(text.contains("/admin/v1/nothing"))
            // Nor are they in what the database keeps of the changes.
            #expect(try await !admin.send(.GET, "/admin/v1/audit").text.contains(secret))
        }
    }

    @Test("what has no route says so, and bodies are small") func noRoute() async throws {
        try await TestAdmin.with { admin in
            #expect(try await admin.send(.GET, "/admin/v1/nothing").code == "unknown_url")
            #expect(try await admin.send(.GET, "/v1/models").code == "unknown_url")
            let wrong = try await admin.send(.PUT, "/admin/v1/keys")
            #expect(wrong.status == 405 && wrong.headers.first(name: "allow") == "GET, HEAD, OPTIONS, POST")
            #expect(try await admin.send(.OPTIONS, "/admin/v1/keys").status == 204)
            let large = #"{"id":""# + String(repeating: "x", count: 70_000) + #""}"#
            #expect(try await admin.send(.POST, "/admin/v1/accounts", large).status == 413)
            let form = try await admin.send(
                .POST, "/admin/v1/accounts", headers: ["content-type": "text/plain"])
            #expect(form.status == 400)
        }
    }

    private func eventually(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(10)) }
    }
}

@Suite("Admin token") struct AdminTokenTests {
    private func problem(_ content: String, mode: Int = 0o600) throws -> String? {
        let path = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(content.utf8), attributes: [.posixPermissions: mode])
        else { return "not written" }
        do {
            let token = try AdminToken(fileAt: path)
            let expected = content.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(token.matches(expected) && !token.matches(expected + " ") && !token.matches(""))
            return nil
        } catch {
            return error.description
        }
    }

    private let good = String(repeating: "0a", count: 16)

    @Test("is read from a file of its owner's") func files() throws {
        #expect(try problem(good) == nil)
        #expect(try problem("\n \(good)\r\n") == nil)
        #expect(try problem(good, mode: 0o400) == nil)
        for mode in [0o640, 0o604, 0o660, 0o644, 0o666, 0o610] {
            let found = try #require(try problem(good, mode: mode))
            #expect(found.contains("chmod 600") && !found.contains(good))
        }
        #expect(throws: AdminTokenError.self) { try AdminToken(fileAt: "/nowhere/token") }
        #expect(throws: AdminTokenError.self) { try AdminToken(fileAt: "/tmp") }
    }

    @Test("is long, visible and no API key") func contents() throws {
        for bad in ["", "\n", String(good.dropLast()), "short", String(repeating: "x", count: 513)] {
            let found = try #require(try problem(bad))
            #expect(found.contains("32 to 512 characters"))
        }
        for bad in ["\(good) \(good)", good + "\u{7}", good + "é", good + "\0"] {
            #expect(try problem(bad)?.contains("visible ASCII") == true)
        }
        #expect(try problem(KeySecret.generate())?.contains("API key") == true)
    }
}
