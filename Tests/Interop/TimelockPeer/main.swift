import Foundation
import Signing

// Seals and opens timelocks for the end-to-end suite, which compares them with the reference libraries.
//
// One request a line, one answer a line, bytes in hexadecimal:
// `seal ROUND MESSAGE` and `open SIGNATURE CIPHERTEXT`; an error is answered as `error: …`.

func answer(_ words: [String]) throws -> String {
    switch words.first {
    case "seal" where words.count == 3:
        guard let round = UInt64(words[1]) else { return "error: \(words[1].prefix(40)) is no round" }
        let ciphertext = try Timelock.encrypt(try Hex.decode(words[2]), round: round, to: .quicknet)
        return Hex.encode(TimelockEnvelope(ciphertext: ciphertext, round: round).encoded)
    case "open" where words.count == 3:
        let envelope = try TimelockEnvelope(try Hex.decode(words[2]))
        return Hex.encode(try Timelock.decrypt(envelope.ciphertext, roundSignature: try Hex.decode(words[1])))
    default: return "error: not a request"
    }
}

while let line = readLine() {
    let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let text: String
    do { text = try answer(words) } catch { text = "error: \(error)" }
    // Unbuffered: whoever asked waits for the line.
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
}
