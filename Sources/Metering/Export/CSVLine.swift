internal import NIOCore

/// One line of a CSV file.
///
/// A text that a spreadsheet would take for a formula gets an apostrophe in front, which spreadsheets do not show.
///
/// - Source: RFC 4180; OWASP, "CSV Injection".
struct CSVLine {
    private var text = ""
    private var isFirst = true

    mutating func append(_ value: some BinaryInteger) { field(String(value)) }

    mutating func append(_ value: Bool) { field(value ? "true" : "false") }

    /// - Parameter value: nil is an empty field.
    mutating func append(_ value: String?) {
        guard let value else { return field("") }
        let isFormula = value.utf8.first.map { "=+-@\t\r\n".utf8.contains($0) } ?? false
        // Full-width forms are read as the plain ones by some.
        let isWideFormula = value.unicodeScalars.first.map { "＝＋－＠".unicodeScalars.contains($0) } ?? false
        let safe = isFormula || isWideFormula ? "'" + value : value
        let isPlain = !isFormula && safe.utf8.allSatisfy { $0 >= 0x20 && !"\",".utf8.contains($0) }
        field(isPlain ? safe : "\"" + safe.replacing("\"", with: "\"\"") + "\"")
    }

    private mutating func field(_ value: String) {
        if !isFirst { text += "," }
        isFirst = false
        text += value
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeString(text)
        buffer.writeStaticString("\r\n")
    }
}
