internal import HTTPTransport
internal import Logging
internal import Metering
internal import NIOHTTP1
internal import Subnets

/// `POST /v1/chat/completions`: steps 2 to 10 of a request's way, each handing its value to the next.
struct ChatCompletionEndpoint: Sendable {
    let steps: RequestSteps

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter, context: RequestContext) async throws {
        let caller = try await steps.authenticator.caller(of: request)
        context.note("caller.key_id", "\(caller.key.id)")
        let wire = try OpenAI.ChatCompletionRequest(request.body)
        let route = try steps.router.route(for: wire.model, task: .chat, caller: caller)
        context.note("subnet.model", "\(wire.model)")
        let completion = try CompletionRequest(wire, on: route, requestID: context.requestID)
        let hold = try await steps.admission.admit(
            caller, on: route, requestID: context.requestID, promptTokens: wire.promptTokens,
            maximumTokens: completion.maximumTokens)
        defer { hold.release() }
        let bill = Bill(
            hold, caller: caller, route: route, endpoint: "/v1/chat/completions", isStream: wire.isStream,
            promptTokens: wire.promptTokens, maximumTokens: completion.maximumTokens,
            startedAt: context.startedAt)
        let plan = try steps.selector.plan(for: route.model, startedAt: context.receivedAt)
        if wire.isStream {
            let answer = StreamedCompletion(
                completion, includesUsage: wire.includesUsage, plan: plan, bill: bill, writer: writer, context: context)
            try await answer.deliver { sink in
                try await steps.dispatcher.complete(completion, plan, on: route.entry, into: sink)
            }
        } else {
            let answer = WholeCompletion(completion, bill: bill)
            let winner = try await steps.dispatcher.complete(completion, plan, on: route.entry, into: answer)
            try await answer.respond(winner: winner, plan: plan, writer: writer, context: context)
        }
    }
}
