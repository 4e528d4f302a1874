internal import JSON
public import Metering
internal import NIOCore
public import Subnets
internal import Subtensor

/// Whether the gateway can serve: asked by load balancers at `/ready`.
public struct Readiness: Sendable {
    private let ledger: Ledger
    private let catalogue: ModelCatalogue
    private let metagraphs: MetagraphStore
    private let isDraining: @Sendable () -> Bool

    public init(
        ledger: Ledger, catalogue: ModelCatalogue, metagraphs: MetagraphStore,
        isDraining: @escaping @Sendable () -> Bool = { false }
    ) {
        self.ledger = ledger
        self.catalogue = catalogue
        self.metagraphs = metagraphs
        self.isDraining = isDraining
    }

    /// One sentence per reason not to send traffic here; none when ready.
    func problems() -> [String] {
        var problems: [String] = []
        if isDraining() { problems.append("shutting down") }
        if !ledger.isReady { problems.append("the metering database can't be reached") }
        for netuid in catalogue.netuids where metagraphs.snapshot(of: netuid) == nil {
            problems.append("no metagraph of subnet \(netuid.rawValue) yet")
        }
        return problems
    }

    static func body(_ problems: [String]) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("status", problems.isEmpty ? "ready" : "not ready")
        writer.name("problems")
        writer.beginArray()
        for problem in problems { writer.string(problem) }
        writer.endArray()
        writer.endObject()
        return String(buffer: writer.buffer)
    }
}
