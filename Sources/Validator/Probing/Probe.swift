internal import Foundation
internal import JSON
internal import NIOCore

/// A request whose right answer is known.
///
/// Probes must look like anybody's requests: everyday wording, fresh numbers, no marker.
struct Probe: Sendable {
    let question: String
    let answer: String

    /// The prompt as the array of messages a client would send.
    var messages: ByteBuffer {
        var writer = JSONWriter(capacity: 128)
        writer.beginArray()
        writer.beginObject()
        writer.member("role", "user")
        writer.member("content", question)
        writer.endObject()
        writer.endArray()
        return writer.buffer
    }

    /// A new question from `generator`.
    static func random(using generator: inout some RandomNumberGenerator) -> Probe {
        let left = Int.random(in: 11...99, using: &generator)
        let right = Int.random(in: 11...99, using: &generator)
        let (symbol, result): (String, Int)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: (symbol, result) = ("+", left + right)
        case 1: (symbol, result) = ("-", left - right)
        default: (symbol, result) = ("*", left * right)
        }
        let sum = "\(left) \(symbol) \(right)"
        let wordings = [
            "What is \(sum)?", "Compute \(sum).", "How much is \(sum)?", "What is \(sum)? Answer with the number only.",
            "Please calculate \(sum) for me.",
        ]
        return Probe(question: wordings.randomElement(using: &generator) ?? wordings[0], answer: "\(result)")
    }

    /// 1 when the answer's last number is the right one, 0 otherwise.
    func correctness(of text: String) -> Double {
        let numbers = text.utf8.prefix(4_096)
            .split { !(($0 &- UInt8(ascii: "0")) < 10 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ",")) }
            .map { String(decoding: $0.filter { $0 != UInt8(ascii: ",") }, as: UTF8.self) }
        return numbers.last { $0.contains { $0.isNumber } } == answer ? 1 : 0
    }
}
