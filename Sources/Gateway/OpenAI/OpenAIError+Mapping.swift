internal import HTTPTransport
internal import Metering
public import NIOCore
public import NIOHTTP1
internal import Subnets

extension OpenAIError {
    /// The one place where our errors become what a client sees.
    ///
    /// A client's own mistakes are told as they are; what is ours, a miner's or the database's gets the text for its
    /// code, and its details stay in the log.
    init(mapping error: any Error) {
        switch error {
        case let error as OpenAIError: self = error
        case let error as MeteringError: self.init(error)
        case let error as DispatchError: self.init(error)
        case is CancellationError:
            self.init(
                .init(statusCode: 499, reasonPhrase: "Client Closed Request"), .invalidRequest, code: "client_closed",
                "The client closed the request.")
        default:
            self.init(
                .internalServerError, .server, code: "internal_error", "The gateway failed to handle the request.")
        }
    }

    /// The error that ends the current task's request: a task that was cancelled while its client waits is stopped by
    /// the gateway's own end.
    init(ending error: any Error) {
        guard Task.isCancelled else {
            self.init(mapping: error)
            return
        }
        self.init(
            .serviceUnavailable, .server, code: "shutting_down",
            "The gateway is shutting down and could not finish the request in time. Try again.",
            headers: ["retry-after": "1"])
    }

    private init(_ error: DispatchError) {
        switch error.code {
        case .noEligibleMiners:
            self.init(
                .serviceUnavailable, .server, code: "no_capacity",
                "No miner of this model's subnet can be asked right now. Try again shortly.",
                headers: ["retry-after": "2"])
        case .timedOut:
            self.init(
                .gatewayTimeout, .server, code: "upstream_timeout", "No miner answered within the request's deadline.")
        case .unsupported:
            self.init(
                .badRequest, .invalidRequest, code: "unsupported_value",
                "This model's subnet can't do what the request asks for.")
        default:
            self.init(
                .badGateway, .server, code: "upstream_error",
                "Every miner that was asked failed to give a valid answer.")
        }
    }

    /// The whole answer to a request that the HTTP layer refused before it reached a route.
    public static func transportAnswer(_ status: HTTPResponseStatus) -> (HTTPHeaders, ByteBuffer) {
        (
            ["content-type": "application/json", "x-request-id": RequestContext.makeID()],
            OpenAIError(refusedByTransport: status).body
        )
    }

    init(refusedByTransport status: HTTPResponseStatus) {
        let code: String
        let message: String
        switch status.code {
        case 408: (code, message) = ("request_timeout", "The request did not arrive in time.")
        case 413: (code, message) = ("request_too_large", "The request's body is larger than this gateway accepts.")
        case 414: (code, message) = ("uri_too_long", "The request's target is too long.")
        case 415:
            (code, message) = (
                "unsupported_content_encoding",
                "The request's body is compressed in a way that is not understood here. Understood are: "
                    + ContentCoding.acceptable + "."
            )
        case 417: (code, message) = ("expectation_failed", "The request expects something other than 100-continue.")
        case 431: (code, message) = ("headers_too_large", "The request's headers are too large.")
        case 501: (code, message) = ("not_implemented", "The request uses a transfer coding that is not supported.")
        case 503: (code, message) = ("overloaded", "The gateway has more requests than it can hold. Try again shortly.")
        case 500...: (code, message) = ("internal_error", "The gateway failed to handle the request.")
        default: (code, message) = ("malformed_request", "The request is not valid HTTP.")
        }
        self.init(status, status.code >= 500 ? .server : .invalidRequest, code: code, message)
    }
}
