internal import Metering
internal import NIOHTTP1

extension OpenAIError {
    /// What an operator sees of an error. They may read what `Metering` says for operators.
    init(administering error: any Error) {
        guard let error = error as? MeteringError else {
            self.init(mapping: error)
            return
        }
        let text = error.message.prefix(1).uppercased() + error.message.dropFirst() + "."
        switch error.code {
        case .notFound: self.init(.notFound, .invalidRequest, code: "not_found", text)
        case .conflict: self.init(.conflict, .invalidRequest, code: "conflict", text)
        case .amountOutOfRange, .invalidRequest, .malformedKey:
            self.init(.badRequest, .invalidRequest, code: "invalid_value", text)
        default:
            self.init(
                .serviceUnavailable, .server, code: "metering_unavailable", text, headers: ["retry-after": "2"])
        }
    }
}
