public import Metering
internal import NIOHTTP1
public import Subnets

/// Where a caller's request goes and what it costs: the model, the subnet behind it, and the price in force.
struct Route: Sendable {
    let entry: ModelCatalogue.Entry
    let price: Price
    /// On top of the price, in hundredths of a percent.
    let marginBasisPoints: Int
    var model: ModelConfiguration { entry.model }

    func cost(promptTokens: Int, completionTokens: Int) -> MicroUnits {
        price.cost(
            promptTokens: promptTokens, completionTokens: completionTokens, marginBasisPoints: marginBasisPoints)
    }
}

/// Finds the route for a model's id.
public struct ModelRouter: Sendable {
    public let catalogue: ModelCatalogue
    private let ledger: Ledger

    public init(catalogue: ModelCatalogue, ledger: Ledger) {
        self.catalogue = catalogue
        self.ledger = ledger
    }

    /// - Parameter caller: whose request it is; a model that is not theirs looks like one that is not there.
    func route(for model: String, task: ModelConfiguration.Task, caller: Caller) throws(OpenAIError) -> Route {
        guard let entry = catalogue[model], caller.key.scope.allows(model: model) else { throw Self.notFound(model) }
        guard entry.model.task == task else {
            throw OpenAIError.invalid(
                "model", code: "unsupported_value",
                "The model `\(model.prefix(100))` does not serve this endpoint; it is for \(entry.model.task.rawValue)."
            )
        }
        return Route(
            entry: entry, price: ledger.price(of: model) ?? entry.model.price,
            marginBasisPoints: caller.key.marginBasisPoints)
    }

    static func notFound(_ model: String) -> OpenAIError {
        OpenAIError(
            .notFound, .invalidRequest, code: "model_not_found",
            "The model `\(model.prefix(100))` does not exist or you do not have access to it.")
    }
}
