import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing

@Suite("Disguised and oversized requests", .timeLimit(.minutes(1))) struct DisguisedRequestTests {
    /// Ways to write `transfer-encoding: chunked` that one layer understands and another does not.
    private static let disguises: [String] = [
        "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
        "Transfer-Encoding: x\r\nTransfer-Encoding: chunked", "Transfer-Encoding:\u{b}chunked",
        "X: x\nTransfer-Encoding: chunked\r\nX: y\r\nTransfer-Encoding: chunked", "Transfer-Encoding\r\n: chunked",
        "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked;q=1", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: ,chunked",
        "Transfer-Encoding: chunk", "Transfer-Encoding:", "Transfer-Encoding: \r\n chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer_Encoding: chunked\r\nTransfer-Encoding: cow",
        " Transfer-Encoding: chunked", "Transfer-Encoding: chunked\0",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 5", "Content-Length: -5", "Content-Length: 0x5", "Content-Length: 5 5",
        "Content-Length: \u{b}5",
    ]

    private enum Delivery: CaseIterable { case whole, byteByByte }

    private func send(_ text: String, to server: HTTPServer, _ delivery: Delivery) async throws -> RawPeer {
        let peer = try await RawPeer.connect(to: server.port)
        switch delivery {
        case .whole:
            try await peer.send(text)
        case .byteByByte:
            // The server may have refused before the end.
            for byte in text.utf8 {
                do { try await peer.send([byte]) } catch { break }
            }
        }
        return peer
    }

    @Test(
        "disguised and doubled framing gets one refusal, and nothing behind it is taken for a request",
        arguments: disguises)
    func framing(disguise: String) async throws {
        let served = Counter()
        try await withServer { _ in
        } answer: { request, writer in
            served.add()
            try await echo(request, writer)
        } _: { server, _ in
            for delivery in Delivery.allCases {
                let text =
                    "POST / HTTP/1.1\r\nHost: x\r\n\(disguise)\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
                let peer = try await send(text, to: server, delivery)
                let answer = await peer.receiveAll()
                #expect(
                    answer.hasPrefix("HTTP/1.1 400 ") || answer.hasPrefix("HTTP/1.1 501 "), "\(delivery): \(answer)")
                #expect(!answer.dropFirst(8).contains("HTTP/1.1"), "one answer")
                #expect(answer.contains("connection: close\r\n"))
            }
            #expect(served.value == 0)
        }
    }

    @Test("a request id of 10 KB is a field like others, in one piece and byte by byte")
    func longRequestID() async throws {
        let id = String(repeating: "i", count: 10_240)
        try await withServer { _ in
        } answer: { request, writer in
            let count = request.headers.first(name: "x-request-id")?.utf8.count ?? 0
            try await writer.respond(.ok, body: ByteBuffer(string: "\(count) bytes."))
        } _: { server, _ in
            for delivery in Delivery.allCases {
                let peer = try await send(
                    "GET / HTTP/1.1\r\nhost: x\r\nx-request-id: \(id)\r\n\r\n", to: server, delivery)
                #expect(await peer.receive(until: "bytes.")?.hasSuffix("\r\n\r\n10240 bytes.") == true)
            }
            let http2 = try await RawHTTP2Peer.connect(to: server.port)
            // Its acknowledgement, which is sent by itself, must not come in between.
            _ = await http2.next(RawFrame.Kind.settings)
            try await http2.sendByteByByte(.request(1, "GET", "/", [("x-request-id", id)]))
            #expect(await http2.answer(1).body == "10240 bytes.")
        }
    }

    @Test("a line's end within a field ends the field, it never begins another answer")
    func lineEnds() async throws {
        try await withServer { _ in
        } answer: { request, writer in
            try await writer.respond(.ok, headers: ["x-request-id": request.headers.first(name: "x-request-id") ?? ""])
        } _: { server, _ in
            for value in ["a\rb: c", "a\nb: c", "a\r\n b", "a\0b"] {
                for delivery in Delivery.allCases {
                    let peer = try await send(
                        "GET / HTTP/1.1\r\nhost: x\r\nx-request-id: \(value)\r\n\r\n", to: server, delivery)
                    let answer = await peer.receive(until: "\r\n\r\n") ?? ""
                    #expect(!answer.contains("b: c") && !answer.contains("\r\n b"), "\(delivery): \(answer)")
                }
            }
        }
    }

    @Test("a body of 21 MB is refused with 413 before any of it is read")
    func largeBody() async throws {
        let received = Counter()
        try await withServer { _ in
        } reception: { _ in
            received.add()
            return .collect
        } answer: {
            try await echo($0, $1)
        } _: { server, _ in
            let size = 21_000_000
            let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: \(size)\r\n"
            for delivery in Delivery.allCases {
                // Nothing of the body is sent: the head alone is refused, with leave asked for or not.
                for fields in ["", "expect: 100-continue\r\n"] {
                    let peer = try await send("\(head)\(fields)\r\n", to: server, delivery)
                    #expect(await peer.receiveAll().hasPrefix("HTTP/1.1 413 "))
                }
            }
            let http2 = try await RawHTTP2Peer.connect(to: server.port)
            // Its acknowledgement, which is sent by itself, must not come in between.
            _ = await http2.next(RawFrame.Kind.settings)
            try await http2.sendByteByByte(.request(1, "POST", "/", [("content-length", "\(size)")], ends: false))
            #expect(await http2.answer(1).status == "413")
            // Without a declared size no more than the bound is taken.
            let chunked = try await RawPeer.connect(to: server.port)
            try await chunked.send("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1406f40\r\n")
            try? await chunked.send([UInt8](repeating: 0x61, count: size))
            #expect(await chunked.receive(until: "\r\n\r\n")?.hasPrefix("HTTP/1.1 413 ") == true)
            #expect(received.value == 6)
        }
    }

    @Test("the rest of a body whose request has its answer brings no second answer, however slow it is")
    func slowRest() async throws {
        try await withServer {
            $0.bodyTimeout = .milliseconds(200)
            $0.dataRateGrace = .milliseconds(100)
            $0.idleTimeout = .milliseconds(400)
        } reception: { _ in
            .refuse
        } answer: {
            try await echo($0, $1)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nab")
            #expect(await peer.receive(until: "POST / ")?.hasPrefix("HTTP/1.1 200 ") == true)
            try await peer.send("c")
            #expect(await peer.receiveAll() == "")
        }
    }
}
