import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

/// What a server may do to the client: each has a typed error, and the connection ends when it is left unclear.
@Suite("HTTP/2 client and hostile servers", .timeLimit(.minutes(1))) struct HTTP2ClientHostileTests {
    /// What a server sends once the client's first request is there.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: TransportError.Code
        /// Whether the connection carries the next request.
        let goesOn: Bool
        let frames: @Sendable (UInt32) -> [UInt8]

        init(
            _ name: String, _ code: TransportError.Code, goesOn: Bool = false,
            _ frames: @escaping @Sendable (UInt32) -> [RawFrame]
        ) {
            self.init(raw: name, code, goesOn: goesOn, bytes: { frames($0).flatMap { $0.bytes() } })
        }

        init(
            raw name: String, _ code: TransportError.Code, goesOn: Bool = false,
            bytes: @escaping @Sendable (UInt32) -> [UInt8]
        ) {
            testDescription = name
            self.code = code
            self.goesOn = goesOn
            frames = bytes
        }
    }

    /// Of one stream: the others go on.
    static let streamFaults: [Fault] = [
        Fault("a reset", .connectionClosed, goesOn: true) { [.reset($0, code: 2)] },
        Fault("a reset inside the body", .connectionClosed, goesOn: true) {
            [.response($0), .data($0, "half"), .reset($0, code: 8)]
        },
        Fault("no status", .malformedResponse, goesOn: true) { [.headers($0, [("a", "b")])] },
        Fault("no status, in the middle", .malformedResponse, goesOn: true) {
            [.headers($0, [("a", "b")], ends: false)]
        },
        Fault("a status that is no number", .malformedResponse, goesOn: true) { [.headers($0, [(":status", "2x0")])] },
        Fault("two statuses", .malformedResponse, goesOn: true) {
            [.headers($0, [(":status", "200"), (":status", "200")])]
        },
        Fault("a status behind the fields", .malformedResponse, goesOn: true) {
            [.headers($0, [("a", "b"), (":status", "200")])]
        },
        Fault("a request's pseudo-header", .malformedResponse, goesOn: true) {
            [.headers($0, [(":status", "200"), (":path", "/")])]
        },
        Fault("a connection's field", .malformedResponse, goesOn: true) {
            [.response($0, 200, [("connection", "close")])]
        },
        Fault("transfer-encoding", .malformedResponse, goesOn: true) {
            [.response($0, 200, [("transfer-encoding", "chunked")])]
        },
        Fault("an upper-case name", .malformedResponse, goesOn: true) { [.response($0, 200, [("A", "b")])] },
        Fault("a line break in a value", .malformedResponse, goesOn: true) {
            [.response($0, 200, [("a", "b\r\nc: d")])]
        },
        Fault("101", .malformedResponse, goesOn: true) { [.response($0, 101)] },
        Fault("an informational head that ends the stream", .malformedResponse, goesOn: true) {
            [.response($0, 103, ends: true)]
        },
        Fault("nine informational heads", .malformedResponse, goesOn: true) { stream in
            (0..<9).map { _ in .response(stream, 103) }
        },
        Fault("a body behind an informational head", .malformedResponse, goesOn: true) {
            [.response($0, 103), .data($0, "a")]
        },
        Fault("more than the length says", .malformedResponse, goesOn: true) {
            [.response($0, 200, [("content-length", "2")]), .data($0, "abc", ends: true)]
        },
        Fault("less than the length says", .malformedResponse, goesOn: true) {
            [.response($0, 200, [("content-length", "4")]), .data($0, "abc", ends: true)]
        },
        Fault("two lengths", .malformedResponse, goesOn: true) {
            [.response($0, 200, [("content-length", "1"), ("content-length", "1")])]
        },
        Fault("a length that is no number", .malformedResponse, goesOn: true) {
            [.response($0, 200, [("content-length", "-1")])]
        },
        Fault("a body where there is none", .malformedResponse, goesOn: true) {
            [.response($0, 204), .data($0, "abc", ends: true)]
        },
        Fault("trailers that do not end the stream", .malformedResponse, goesOn: true) {
            [.response($0), .headers($0, [("a", "b")], ends: false)]
        },
        Fault("a status in the trailers", .malformedResponse, goesOn: true) {
            [.response($0), .headers($0, [(":status", "200")])]
        },
        Fault("a head of too many bytes", .responseTooLarge, goesOn: true) { stream in
            [.response(stream, 200, (0..<40).map { ("a\($0)", String(repeating: "b", count: 300)) })]
        },
        Fault("a head of too many fields", .responseTooLarge, goesOn: true) { stream in
            [.response(stream, 200, (0..<150).map { ("a\($0)", "b") })]
        },
        Fault("trailers of too many bytes", .responseTooLarge, goesOn: true) { stream in
            [.response(stream), .headers(stream, (0..<40).map { ("a\($0)", String(repeating: "b", count: 300)) })]
        },
        Fault("a bomb of compressed fields", .responseTooLarge, goesOn: true) { stream in
            // One field of 3 KiB enters the table, and a byte each repeats it.
            let field = [0x40] + RawFrame.literal("a") + RawFrame.literal(String(repeating: "b", count: 3_000))
            let block = RawFrame.block([(":status", "200")]) + field + [UInt8](repeating: 0xbe, count: 10_000)
            return [
                RawFrame(kind: RawFrame.Kind.headers, flags: RawFrame.Flag.endHeaders, stream: stream, payload: block)
            ]
        },
        Fault("a window of a stream that grows too large", .malformedResponse, goesOn: true) {
            [.response($0), .windowUpdate($0, 0x7fff_ffff)]
        },
    ]

    /// Of the connection: all on it end.
    static let connectionFaults: [Fault] = [
        Fault("half an answer and the end", .connectionClosed) { [.response($0), .data($0, "half")] },
        Fault(raw: "HTTP/1.1", .protocolViolation, bytes: { _ in Array(okay.utf8) }),
        Fault("a body before the head", .protocolViolation) { [.data($0, "a")] },
        Fault("a promise", .protocolViolation) {
            let block = RawFrame.block([(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/")])
            return [
                RawFrame(
                    kind: RawFrame.Kind.push, flags: RawFrame.Flag.endHeaders, stream: $0,
                    payload: RawFrame.number(2) + block)
            ]
        },
        Fault("a response to nothing", .protocolViolation) { [.response($0 + 100)] },
        Fault("a response on the server's own stream", .protocolViolation) { _ in [.response(2)] },
        Fault("a response on the connection", .protocolViolation) { _ in [.response(0)] },
        Fault("a body on the connection", .protocolViolation) { _ in [.data(0, "a")] },
        Fault("a body behind its end", .protocolViolation) {
            [.response($0 - 2), .data($0 - 2, "a"), .data($0 - 2, "b")]
        },
        Fault("a compressed block that is none", .protocolViolation) {
            [
                RawFrame(
                    kind: RawFrame.Kind.headers, flags: RawFrame.Flag.endHeaders, stream: $0,
                    payload: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
            ]
        },
        Fault("an index that is out of the table", .protocolViolation) {
            [RawFrame(kind: RawFrame.Kind.headers, flags: RawFrame.Flag.endHeaders, stream: $0, payload: [0xfe])]
        },
        Fault("a frame inside a block", .protocolViolation) {
            [.headers($0, [(":status", "200")], ends: false, isComplete: false), .ping()]
        },
        Fault("a block that never ends", .protocolViolation) { stream in
            [.headers(stream, [(":status", "200")], isComplete: false)]
                + (0..<200).map { _ in RawFrame(kind: RawFrame.Kind.continuation, stream: stream, payload: []) }
        },
        Fault("a CONTINUATION of nothing", .protocolViolation) {
            [RawFrame(kind: RawFrame.Kind.continuation, flags: RawFrame.Flag.endHeaders, stream: $0)]
        },
        Fault(
            raw: "a frame that is too long", .protocolViolation,
            bytes: { stream in
                RawFrame.response(stream).bytes()
                    + RawFrame.data(stream, [UInt8](repeating: 0x61, count: 20_000)).bytes()
            }),
        Fault("SETTINGS of a wrong size", .protocolViolation) { _ in
            [RawFrame(kind: RawFrame.Kind.settings, payload: [0])]
        },
        Fault("SETTINGS that allow promises", .protocolViolation) { _ in [.settings([(id: 2, value: 1)])] },
        Fault("SETTINGS with a window that is too large", .protocolViolation) { _ in
            [.settings([(id: 4, value: 0xffff_ffff)])]
        },
        Fault("PING of a wrong size", .protocolViolation) { _ in [.ping([1])] },
        Fault("a connection's window that grows too large", .protocolViolation) { _ in [.windowUpdate(0, 0x7fff_ffff)]
        },
        Fault("a window that grows by nothing", .protocolViolation) { _ in [.windowUpdate(0, 0)] },
        Fault("too many PINGs", .protocolViolation) { _ in (0..<300).map { _ in .ping() } },
        Fault("too many SETTINGS", .protocolViolation) { _ in (0..<100).map { _ in .settings() } },
        Fault("too many empty frames", .protocolViolation) { stream in
            [.response(stream)] + (0..<2_000).map { _ in .data(stream, "") }
        },
        Fault("too many updates of windows", .protocolViolation) { _ in (0..<4_000).map { _ in .windowUpdate(0, 1) } },
        Fault("too many resets of what is over", .protocolViolation) { stream in
            (0..<500).map { _ in .reset(stream - 2) }
        },
        Fault(raw: "half a frame", .connectionClosed, bytes: { Array(RawFrame.response($0).bytes().dropLast()) }),
        Fault("a GOAWAY and the end", .connectionClosed) { [.goAway(lastStream: $0, code: 11)] },
    ]

    /// The first request is answered, so that the second one is on a connection that is known to be good.
    private func check(_ fault: Fault, byteByByte: Bool) async throws {
        try await withHTTP2Client {
            $0.maximumHeaderBytes = 8_192
            // A retry would hide the error.
            $0.maximumHeaderCount = 100
        } script: { peer, number in
            let first = try #require(await peer.request())
            try await peer.send(.response(first.stream), .data(first.stream, "ok", ends: true))
            guard number == 1 else { return try await answerAll(peer, number) }
            let second = try #require(await peer.request())
            let bytes = fault.frames(second.stream)
            if byteByByte {
                for byte in bytes { try await peer.send([byte]) }
            } else {
                try await peer.send(bytes)
            }
            if fault.goesOn { return try await answerAll(peer, number) }
            // Enough to see that the client closes by itself, unless the end is the fault.
            if fault.code == .connectionClosed { return }
            await peer.waitUntilClosed()
        } _: { client, server in
            let first = try await client.post(to: server.target)
            #expect(first == "200 ok")
            let error = await client.error(to: server.target)
            #expect(error?.code == fault.code, "\(String(describing: error))")
            #expect(error?.source == .upstream)
            let next = try await client.post(to: server.target)
            #expect(next == "200 ok")
            #expect(server.accepted.value == (fault.goesOn ? 1 : 2))
        }
    }

    @Test("a fault of one stream leaves the others alone", arguments: streamFaults)
    func stream(fault: Fault) async throws {
        try await check(fault, byteByByte: false)
    }

    @Test("a fault of the connection ends it", arguments: connectionFaults)
    func connection(fault: Fault) async throws {
        try await check(fault, byteByByte: false)
    }

    @Test("faults are the same byte by byte", arguments: streamFaults + connectionFaults)
    func byteByByte(fault: Fault) async throws {
        guard fault.frames(3).count <= 2_000 else { return }
        try await check(fault, byteByByte: true)
    }
}
