import Logging
import NIOHTTP1

extension ServerShared {
    /// Notes what ended a request whose responder gave no answer, unless it is the client's doing.
    func noteUnanswered(_ error: any Error) {
        if let error = error as? TransportError, error.source == .downstream { return }
        if error is CancellationError { return }
        logger.info("Request failed without an answer of its own", metadata: ["error.cause": "\(error)"])
    }

}

extension ServerLoop {
    /// The status for such a request: an error of reading its body that the responder let through is the client's, and
    /// once the server's patience is over it is the server's end that stopped it.
    func status(unansweredFor error: (any Error)?) -> HTTPResponseStatus {
        guard let error = error as? TransportError, error.source == .downstream else {
            return isExpired ? .serviceUnavailable : .internalServerError
        }
        switch error.code {
        case .messageTooLarge: return .payloadTooLarge
        case .malformedContent: return .badRequest
        case .deadlineExceeded: return .requestTimeout
        default: return isExpired ? .serviceUnavailable : .internalServerError
        }
    }
}
