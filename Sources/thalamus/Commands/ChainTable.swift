import Foundation

/// A table on a terminal: headings stand out, numbers line up, long ones go through a pager.
struct ChainTable {
    struct Column {
        let name: String
        var isNumber = false
        static func text(_ name: String) -> Column { Column(name: name) }
        static func number(_ name: String) -> Column { Column(name: name, isNumber: true) }
    }

    let columns: [Column]
    let rows: [[String]]

    init(_ columns: [Column], _ rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }

    /// - Parameter title: a line above the table for terminals.
    func show(title: String? = nil) {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let isColoured = isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
        var lines = lines(isColoured: isColoured)
        if let title, isTerminal { lines.insert(isColoured ? "\u{1b}[2m\(title)\u{1b}[0m" : title, at: 0) }
        let text = lines.joined(separator: "\n") + "\n"
        guard isTerminal, lines.count > Self.terminalHeight, Self.page(text) else {
            return FileHandle.standardOutput.write(Data(text.utf8))
        }
    }

    func lines(isColoured: Bool) -> [String] {
        let all = [columns.map(\.name)] + rows.map { $0.map(Self.printable) }
        let widths = columns.indices.map { column in all.map { Self.width($0[column]) }.max() ?? 0 }
        return all.enumerated().map { number, row in
            let cells = columns.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - Self.width(row[column]))
                let isLast = column == columns.count - 1
                return columns[column].isNumber ? padding + row[column] : row[column] + (isLast ? "" : padding)
            }
            let line = cells.joined(separator: "  ")
            return number == 0 && isColoured ? "\u{1b}[1m\(line)\u{1b}[0m" : line
        }
    }

    /// Names come from the chain, where anyone can write them: no control characters, no endless ones.
    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.filter {
            $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        }
        let clean = String(String.UnicodeScalarView(scalars))
        return clean.count > 48 ? clean.prefix(47) + "…" : clean
    }

    /// Columns on a terminal; East Asian wide characters take two.
    private static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { width, scalar in
            switch scalar.value {
            case 0x0300...0x036f, 0x200b...0x200f, 0xfe00...0xfe0f: width
            case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
                0x1f300...0x1faff:
                width + 2
            default: width + 1
            }
        }
    }

    private static var terminalHeight: Int {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 0 ? Int(size.ws_row) : .max
    }

    /// Whether a pager showed it.
    private static func page(_ text: String) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        let pager = environment["PAGER"] ?? "less"
        guard !pager.isEmpty, pager != "cat" else { return false }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", pager]
        // Colours as they are, and back at once when it fits.
        process.environment = environment.merging(["LESS": "FRX"]) { own, _ in own }
        let pipe = Pipe()
        process.standardInput = pipe
        do { try process.run() } catch { return false }
        // Fails once the reader has quit the pager, which is no error.
        try? pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try? pipe.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus != 127
    }
}

extension ChainTable {
    /// An amount of TAO or alpha with its decimals.
    static func amount(_ rao: UInt64, digits: Int = 4) -> String {
        let (whole, rest) = rao.quotientAndRemainder(dividingBy: 1_000_000_000)
        let text = String(rest)
        let decimals = String(repeating: "0", count: 9 - text.count) + text
        return "\(whole).\(decimals.prefix(digits))"
    }

    /// A share of 65535 as a fraction of 1.
    static func share(_ value: UInt16) -> String { decimal(Double(value) / 65_535, digits: 5) }

    static func decimal(_ value: Double, digits: Int = 6) -> String {
        value.formatted(
            .number.precision(.fractionLength(digits)).grouping(.never).locale(Locale(identifier: "en_US_POSIX")))
    }
}
