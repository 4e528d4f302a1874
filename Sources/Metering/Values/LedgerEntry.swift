/// One answered request as the usage ledger keeps it. Its id is the request's.
public struct LedgerEntry: Hashable, Sendable, Codable {
    public var requestID: String
    public var account: String
    public var keyID: String
    public var model: String
    public var netuid: UInt16
    /// The API route, such as `/v1/chat/completions`.
    public var endpoint: String
    public var promptTokens: Int
    public var completionTokens: Int
    /// What is charged; the settlement clamps it to the hold.
    public var price: MicroUnits
    /// What it would have cost beyond ``price``: paid by a free quota, or not covered by a budget.
    public var waived: MicroUnits
    /// The HTTP status of the answer; 499 for a client that left.
    public var status: Int
    public var isStream: Bool
    /// Unix milliseconds.
    public var startedAt: Int64
    /// Unix milliseconds.
    public var finishedAt: Int64
    /// The SS58 hotkey of the miner whose answer was delivered.
    public var minerHotkey: String?

    public init(
        requestID: String, account: String, keyID: String, model: String, netuid: UInt16, endpoint: String,
        promptTokens: Int, completionTokens: Int, price: MicroUnits, status: Int, isStream: Bool, startedAt: Int64,
        finishedAt: Int64, minerHotkey: String? = nil, waived: MicroUnits = .zero
    ) {
        self.requestID = requestID
        self.account = account
        self.keyID = keyID
        self.model = model
        self.netuid = netuid
        self.endpoint = endpoint
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.price = price
        self.waived = waived
        self.status = status
        self.isStream = isStream
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.minerHotkey = minerHotkey
    }
}
