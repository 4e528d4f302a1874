import NIOCore
import NIOWebSocket
import Testing

@testable import HTTPTransport

@Suite("Message assembler") struct MessageAssemblerTests {
    private func frame(
        _ opcode: WebSocketOpcode, _ text: String, fin: Bool = true, mask: WebSocketMaskingKey? = nil,
        rsv1: Bool = false
    ) -> WebSocketFrame {
        var data = ByteBuffer(string: text)
        if let mask { data.webSocketMask(mask) }
        return WebSocketFrame(fin: fin, rsv1: rsv1, opcode: opcode, maskKey: mask, data: data)
    }

    private func client(_ maximumBytes: Int = 10) -> MessageAssembler {
        MessageAssembler(maximumBytes: maximumBytes, expectsMask: false)
    }

    @Test("delivers whole messages, whatever frames they came in")
    func delivers() {
        var assembler = client()
        #expect(assembler.received(frame(.text, "abc")) == .deliver(ByteBuffer(string: "abc")))
        #expect(assembler.received(frame(.binary, "")) == .deliver(ByteBuffer()))
        #expect(assembler.received(frame(.text, "ab", fin: false)) == .none)
        #expect(assembler.received(frame(.ping, "p")) == .pong(ByteBuffer(string: "p")))
        #expect(assembler.received(frame(.continuation, "cd", fin: false)) == .none)
        #expect(assembler.received(frame(.pong, "")) == .none)
        #expect(assembler.received(frame(.continuation, "ef")) == .deliver(ByteBuffer(string: "abcdef")))
    }

    @Test("keeps to its bound")
    func bound() {
        var assembler = client()
        #expect(assembler.received(frame(.text, "0123456789")) == .deliver(ByteBuffer(string: "0123456789")))
        #expect(assembler.received(frame(.text, "0123456789a")) == .fail(1009))
        assembler = client()
        #expect(assembler.received(frame(.text, "01234", fin: false)) == .none)
        #expect(assembler.received(frame(.continuation, "567890")) == .fail(1009))
    }

    @Test("clients mask, servers do not")
    func masking() {
        let mask: WebSocketMaskingKey = [1, 2, 3, 4]
        var server = MessageAssembler(maximumBytes: 10, expectsMask: true)
        #expect(server.received(frame(.text, "abc", mask: mask)) == .deliver(ByteBuffer(string: "abc")))
        #expect(server.received(frame(.text, "abc")) == .fail(1002))
        var client = client()
        #expect(client.received(frame(.text, "abc", mask: mask)) == .fail(1002))
    }

    @Test("refuses frames that fit nowhere")
    func misplaced() {
        var assembler = client()
        #expect(assembler.received(frame(.continuation, "a")) == .fail(1002))
        assembler = client()
        #expect(assembler.received(frame(.text, "a", fin: false)) == .none)
        #expect(assembler.received(frame(.text, "a")) == .fail(1002))
        assembler = client()
        #expect(assembler.received(frame(.text, "a", rsv1: true)) == .fail(1002))
        if let reserved = WebSocketOpcode(encodedWebSocketOpcode: 3) {
            assembler = client()
            #expect(assembler.received(frame(reserved, "a")) == .fail(1002))
        }
    }

    @Test(
        "reads the closing status",
        arguments: [
            (bytes: [], action: .closed(nil)), (bytes: [3, 232], action: .closed(1000)),
            (bytes: [3, 233, 65], action: .closed(1001)),
            (bytes: [3], action: .fail(1002)), (bytes: [3, 237], action: .fail(1002)),
            (bytes: [0, 0], action: .fail(1002)),
            (bytes: [15, 160], action: .closed(4000)), (bytes: [255, 255], action: .fail(1002)),
        ] as [(bytes: [UInt8], action: MessageAssembler.Action)])
    func closing(bytes: [UInt8], action: MessageAssembler.Action) {
        var assembler = client()
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer(bytes: bytes))
        #expect(assembler.received(frame) == action)
    }
}
