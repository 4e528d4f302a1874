/// How much of a streamed request body is still to be sent.
struct UploadState {
    private(set) var isUnderWay = false
    /// Bytes to come; nil when the length is not known beforehand.
    private(set) var missingBytes: Int?

    /// Whether HTTP/1.1 frames the body by chunks.
    var isChunked: Bool { missingBytes == nil }

    /// A body follows the head that was sent.
    mutating func begin(length: Int?) {
        isUnderWay = true
        missingBytes = length
    }

    /// A part of the body is to be sent.
    ///
    /// - Throws: ``TransportError`` with code `requestBodyFailed` when it is more than was announced.
    mutating func sent(_ count: Int) throws(TransportError) {
        guard let missingBytes else { return }
        guard count <= missingBytes else {
            throw TransportError(.requestBodyFailed, .gateway, "the request's body is longer than announced")
        }
        self.missingBytes = missingBytes - count
    }

    /// The body is complete.
    ///
    /// - Throws: ``TransportError`` with code `requestBodyFailed` when it is less than was announced.
    mutating func end() throws(TransportError) {
        if let missingBytes, missingBytes > 0 {
            throw TransportError(.requestBodyFailed, .gateway, "the request's body is shorter than announced")
        }
        isUnderWay = false
    }
}
