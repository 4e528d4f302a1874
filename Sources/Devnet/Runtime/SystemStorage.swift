import Signing
import Substrate
import Subtensor

/// Storage of the pallets below Subtensor's own.
struct SystemStorage: Sendable {
    let account = StorageItem<AccountRecord, AccountID>(
        "System", "Account", .blake2b128Concat, default: AccountRecord())
    let blockHash = StorageItem<BlockHash, UInt32>("System", "BlockHash", .twox64Concat, default: .zero)
    let number = StorageItem<UInt32>("System", "Number", default: 0)
    let parentHash = StorageItem<BlockHash>("System", "ParentHash", default: .zero)
    let events = StorageItem<EventList>("System", "Events", default: EventList())
    let eventCount = StorageItem<UInt32>("System", "EventCount", default: 0)
}

struct TimestampStorage: Sendable {
    /// Unix milliseconds.
    let now = StorageItem<UInt64>("Timestamp", "Now", default: 0)
}

struct BalancesStorage: Sendable {
    let totalIssuance = StorageItem<TaoBalance>("Balances", "TotalIssuance", default: TaoBalance(0))
}

struct DrandStorage: Sendable {
    let lastStoredRound = StorageItem<UInt64>("Drand", "LastStoredRound", default: 0)
}

/// Nobody commits anything on the local chain; the SDK 11 reads the items with every metagraph.
struct CommitmentsStorage: Sendable {
    let commitmentOf = StorageItem<CommitmentRegistration, Netuid, AccountID>(
        "Commitments", "CommitmentOf", .identity, .twox64Concat, default: nil)
    let lastCommitment = StorageItem<UInt32, Netuid, AccountID>(
        "Commitments", "LastCommitment", .identity, .twox64Concat, default: nil)
    let revealedCommitments = StorageItem<[Pair<[UInt8], UInt64>], Netuid, AccountID>(
        "Commitments", "RevealedCommitments", .identity, .twox64Concat, default: nil)
}

/// Every pallet's storage.
enum Storage {
    static let system = SystemStorage()
    static let timestamp = TimestampStorage()
    static let balances = BalancesStorage()
    static let subtensor = SubtensorStorage()
    static let drand = DrandStorage()
    static let commitments = CommitmentsStorage()

    /// The items of one pallet in the order of their declaration, which is the metadata's.
    static func items(declaredBy pallet: Any) -> [any StorageItemDescription] {
        Mirror(reflecting: pallet).children.compactMap { $0.value as? any StorageItemDescription }
    }
}
