import Foundation
import Signing

/// Asks a person at the terminal for a secret, which is not echoed.
enum WalletPrompt {
    private static let maximumBytes = 1_024

    /// The line, as UTF-8 without its end.
    ///
    /// - Parameter instead: what to do where there is no terminal.
    /// - Throws: ``SigningError`` with code `passwordNeeded` when there is no terminal, the line is empty, or Ctrl-C ends
    ///   it.
    static func secret(_ prompt: String, instead: String) throws(SigningError) -> SecretBytes {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else {
            throw SigningError(.passwordNeeded, "there is no terminal to ask at: \(instead)")
        }
        defer { close(terminal) }
        var saved = termios()
        guard tcgetattr(terminal, &saved) == 0 else {
            throw SigningError(.passwordNeeded, "the terminal cannot be asked: \(instead)")
        }
        // Signals are keys here, so that Ctrl-C cannot leave a terminal without echo.
        var silent = saved
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        tcsetattr(terminal, TCSAFLUSH, &silent)
        defer { tcsetattr(terminal, TCSAFLUSH, &saved) }
        say(prompt, to: terminal)
        let line = readLine(from: terminal)
        say("\n", to: terminal)
        guard let line else { throw SigningError(.passwordNeeded, "interrupted; nothing is written") }
        guard line.count > 0 else { throw SigningError(.passwordNeeded, "nothing was typed; nothing is written") }
        return line.finished()
    }

    /// nil when Ctrl-C, Ctrl-D or the terminal's end come first.
    private static func readLine(from terminal: Int32) -> SecretText? {
        var line = SecretText(capacity: maximumBytes)
        while true {
            var byte: UInt8 = 0
            let count = read(terminal, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            switch byte {
            case 0x0a, 0x0d: return line
            case 0x03, 0x04, 0x1c: return nil
            case 0x15: line.removeLast(line.count)
            case 0x08, 0x7f:
                // A character of several bytes goes as a whole.
                while line.count > 0 {
                    let last = line.withBytes { $0[$0.count - 1] }
                    line.removeLast(1)
                    if last & 0xc0 != 0x80 { break }
                }
            default: if line.count < maximumBytes { line.append(byte) }
            }
        }
    }

    private static func say(_ text: String, to terminal: Int32) {
        var text = text
        text.withUTF8 { _ = write(terminal, $0.baseAddress, $0.count) }
    }
}
