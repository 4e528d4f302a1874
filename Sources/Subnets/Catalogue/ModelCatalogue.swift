public import Subtensor

/// Which models there are and how each is served. Immutable: a new configuration is a new catalogue.
public struct ModelCatalogue: Sendable {
    /// A model with its subnet's adapter: all that dispatching needs to know about it.
    public struct Entry: Sendable {
        public let model: ModelConfiguration
        public let adapter: SubnetAdapter
    }

    private let entries: [String: Entry]
    /// In the configuration's order, as `/v1/models` lists them.
    public let models: [ModelConfiguration]
    /// Every subnet that a model is served by.
    public let netuids: [Netuid]

    public init(models: [ModelConfiguration], subnets: [SubnetConfiguration]) throws(CatalogueError) {
        var adapters: [Netuid: SubnetAdapter] = [:]
        for subnet in subnets {
            guard adapters.updateValue(SubnetAdapter(subnet), forKey: subnet.netuid) == nil else {
                throw CatalogueError("Subnet \(subnet.netuid.rawValue) is listed twice in `subnets`")
            }
        }
        var entries: [String: Entry] = [:]
        for model in models {
            guard let adapter = adapters[model.netuid] else {
                throw CatalogueError(
                    "Model `\(model.id)` names netuid \(model.netuid.rawValue), which `subnets` does not list")
            }
            guard adapter.serves(model.task) else {
                throw CatalogueError(
                    "Model `\(model.id)` is for \(model.task.rawValue), but subnet \(model.netuid.rawValue) has no "
                        + "`\(model.task.rawValue)` section")
            }
            guard entries.updateValue(Entry(model: model, adapter: adapter), forKey: model.id) == nil else {
                throw CatalogueError("Model `\(model.id)` is listed twice in `models`")
            }
        }
        self.entries = entries
        self.models = models
        netuids = Array(Set(models.map(\.netuid))).sorted { $0.rawValue < $1.rawValue }
    }

    public subscript(_ model: String) -> Entry? { entries[model] }
}

/// A configuration whose parts don't fit; the message names the key.
public struct CatalogueError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
