internal import HTTPTransport
internal import NIOHTTP1
internal import Subnets
internal import Synchronization

/// Gathers the winner's answer and gives it to the client in one piece.
final class WholeCompletion: CompletionSink {
    private let request: CompletionRequest
    private let bill: Bill
    private let answer = Mutex(CompletionDelta())

    init(_ request: CompletionRequest, bill: Bill) {
        self.request = request
        self.bill = bill
    }

    func receive(_ delta: CompletionDelta, from choice: DispatchPlan.Choice) async throws -> Bool {
        var delta = delta
        let length = delta.content.utf8.count
        let hasRoom = bill.add(&delta, from: choice)
        if delta.content.utf8.count < length { delta.finishReason = .length }
        answer.withLock { answer in
            answer.content += delta.content
            answer.toolCalls = delta.toolCalls ?? answer.toolCalls
            answer.finishReason = delta.finishReason ?? answer.finishReason
        }
        return hasRoom
    }

    /// Settles, then answers: whoever reads the answer is in the ledger.
    func respond(winner: Winner, plan: DispatchPlan, writer: HTTPResponseWriter, context: RequestContext) async throws {
        let body = CompletionBody(requestID: request.requestID, model: request.model)
        let bytes = body.whole(
            answer.withLock { $0 }, promptTokens: bill.promptTokens, completionTokens: bill.completionTokens)
        bill.settle(status: 200)
        context.note(winner.choice, attempts: winner.attempts, bill: bill)
        var headers = context.headers
        headers.add(contentsOf: bill.rateHeaders)
        headers.add(contentsOf: plan.headers(winner: winner.choice))
        headers.add(name: "content-type", value: "application/json")
        context.charged = (headers, bytes)
        try await writer.respond(.ok, headers: headers, body: bytes)
    }
}
