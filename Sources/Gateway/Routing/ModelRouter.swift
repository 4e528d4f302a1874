internal import NIOHTTP1
public import Subnets

/// Where a caller's request goes: the model, and the subnet behind it.
struct Route: Sendable {
    let entry: ModelCatalogue.Entry
    var model: ModelConfiguration { entry.model }
}

/// Finds the route for a model's id.
public struct ModelRouter: Sendable {
    public let catalogue: ModelCatalogue

    public init(catalogue: ModelCatalogue) { self.catalogue = catalogue }

    /// - Parameter caller: whose request it is; a model that is not theirs looks like one that is not there.
    func route(for model: String, task: ModelConfiguration.Task, caller: Caller) throws(OpenAIError) -> Route {
        guard let entry = catalogue[model] else { throw Self.notFound(model) }
        guard entry.model.task == task else {
            throw OpenAIError.invalid(
                "model", code: "unsupported_value",
                "The model `\(model.prefix(100))` does not serve this endpoint; it is for \(entry.model.task.rawValue)."
            )
        }
        return Route(entry: entry)
    }

    static func notFound(_ model: String) -> OpenAIError {
        OpenAIError(
            .notFound, .invalidRequest, code: "model_not_found",
            "The model `\(model.prefix(100))` does not exist or you do not have access to it.")
    }
}
