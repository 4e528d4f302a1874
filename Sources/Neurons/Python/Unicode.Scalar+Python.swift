extension Unicode.Scalar {
    /// Python's `str.isprintable`: no control, format, private or unassigned character, and of the separators only the
    /// space. What counts as unassigned grows with the version of Unicode, here as there.
    var isPythonPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}
