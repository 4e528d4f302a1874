import NIOHTTP1

extension ContentCodingFault {
    /// The status of a server's answer to content with this fault.
    ///
    /// - Source: RFC 9110, sections 15.5.14 and 15.5.16.
    var status: HTTPResponseStatus {
        switch self {
        case .malformed: .badRequest
        case .tooLarge: .payloadTooLarge
        case .unsupported: .unsupportedMediaType
        case .outOfMemory: .serviceUnavailable
        }
    }

    /// What who reads the content gets.
    func error(_ source: TransportError.Source) -> TransportError {
        switch self {
        case .malformed, .unsupported:
            TransportError(.malformedContent, source, "compressed content is damaged, cut short or of unknown coding")
        case .tooLarge:
            TransportError(.messageTooLarge, source, "compressed content exceeds the limit")
        case .outOfMemory:
            TransportError(.malformedContent, .gateway, "no memory to decompress content")
        }
    }
}
