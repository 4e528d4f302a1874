internal import HTTPTransport
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Subnets

/// Gives the winner's answer to the client as server-sent events, counting as it goes.
///
/// The head is written with the first piece: until then an error is a status. After it, an error is an event without
/// the closing `[DONE]`.
final class StreamedCompletion: CompletionSink, @unchecked Sendable {
    // @unchecked: the winning attempt writes, then the request's task ends it; both run on the connection's own loop,
    // one after the other.
    private let request: CompletionRequest
    private let plan: DispatchPlan
    private let bill: Bill
    private let writer: HTTPResponseWriter
    private let context: RequestContext
    private let body: CompletionBody
    private var isCut = false
    private var reason: CompletionDelta.FinishReason?

    init(
        _ request: CompletionRequest, includesUsage: Bool, plan: DispatchPlan, bill: Bill, writer: HTTPResponseWriter,
        context: RequestContext
    ) {
        self.request = request
        self.plan = plan
        self.bill = bill
        self.writer = writer
        self.context = context
        body = CompletionBody(requestID: request.requestID, model: request.model, includesUsage: includesUsage)
    }

    /// Runs the dispatch into this stream and ends it; bills what was streamed however it ends.
    func deliver(_ dispatch: (StreamedCompletion) async throws -> Winner) async throws {
        do {
            let winner = try await dispatch(self)
            context.note(winner.choice, attempts: winner.attempts, bill: bill)
            try await end()
        } catch {
            let hasLeft = !writer.isConnected
            bill.settle(status: hasLeft ? 499 : 200)
            guard writer.hasStarted, !hasLeft else { throw error }
            context.noteFailure("error.cause", "\(error)")
            context.hasBrokenOff = true
            try await writer.write(CompletionBody.errorEvent(OpenAIError(ending: error)))
            try await writer.finish()
        }
    }

    func receive(_ delta: CompletionDelta, from choice: DispatchPlan.Choice) async throws -> Bool {
        reason = delta.finishReason ?? reason
        guard delta.hasSubstance else { return true }
        let isFirst = !writer.hasStarted
        if isFirst { try begin(choice) }
        var delta = delta
        isCut = !bill.add(&delta, from: choice)
        try await writer.write(body.chunk(delta, isFirst: isFirst))
        return !isCut
    }

    private func begin(_ choice: DispatchPlan.Choice) throws {
        var headers = context.headers
        headers.add(contentsOf: bill.rateHeaders)
        headers.add(contentsOf: plan.headers(winner: choice))
        headers.add(name: "content-type", value: "text/event-stream; charset=utf-8")
        headers.add(name: "cache-control", value: "no-cache, no-transform")
        headers.add(name: "x-accel-buffering", value: "no")
        try writer.start(.ok, headers: headers)
    }

    /// The finish reason, usage where it was asked for, and the end; settled before the last byte leaves.
    private func end() async throws {
        bill.settle(status: 200)
        var last = body.chunk(CompletionDelta(), end: isCut ? .length : reason ?? .stop)
        if body.includesUsage {
            last.writeImmutableBuffer(
                body.usageChunk(promptTokens: bill.promptTokens, completionTokens: bill.completionTokens))
        }
        last.writeStaticString("data: [DONE]\n\n")
        try await writer.write(last)
        try await writer.finish()
    }
}
