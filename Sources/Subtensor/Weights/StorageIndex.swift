/// Where a subnet's mechanism keeps its weights, bonds and update times.
///
/// - Source: subtensor, `get_mechanism_storage_index`: mechanism * 4096 + netuid.
enum StorageIndex {
    static func of(_ netuid: Netuid, mechanism: UInt8) throws(SubtensorError) -> UInt16 {
        let index = UInt32(mechanism) * 4_096 + UInt32(netuid.rawValue)
        guard let index = UInt16(exactly: index) else {
            throw SubtensorError(
                .runtimeLacks, "subnet \(netuid) has no mechanism \(mechanism)", source: .caller)
        }
        return index
    }
}
