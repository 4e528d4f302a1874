import JSON
import NIOCore

/// The JSON parser that reads clients' and miners' bodies.
///
/// Promises: nothing traps, in parsing and in asking for any value as any type; what a value passes on as its raw bytes
/// is JSON again, of the same kind.
enum JSONFuzzer {
    @Sendable static func run(_ input: [UInt8]) {
        guard let document = try? JSONDocument(parsing: ByteBuffer(bytes: input)) else { return }
        visit(document.root, depth: 0)
        guard let again = try? JSONDocument(parsing: document.root.rawBytes) else {
            fatalError("the raw bytes of a document are no JSON")
        }
        expectEqual(document.root.kind, again.root.kind, "the raw bytes are of another kind")
    }

    private static func visit(_ element: JSONElement, depth: Int) {
        _ = (element.bool, element.int, element.uint64, element.double, element.string, element["a"], element.isNull)
        expect(element.rawBytes.readableBytes > 0, "a value without bytes")
        var count = 0
        for child in element.elements {
            count += 1
            visit(child, depth: depth + 1)
        }
        for member in element.members {
            count += 1
            visit(member.value, depth: depth + 1)
        }
        expectEqual(count, element.count, "a container counts its children wrongly")
    }
}
