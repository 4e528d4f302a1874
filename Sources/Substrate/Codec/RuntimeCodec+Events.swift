/// One event of a block.
public struct EventRecord: Hashable, Sendable {
    /// The extrinsic that caused it, by position in the block; nil for events of block initialisation and end.
    public let extrinsicIndex: UInt32?
    public let pallet: String
    public let name: String
    public let fields: [ScaleValue.Field]

    /// A field by name, or nil.
    public subscript(_ field: String) -> ScaleValue? { fields.first { $0.name == field }?.value }
}

extension RuntimeCodec {
    /// The events in `System.Events`, in their order.
    ///
    /// - Parameter bytes: the storage value; nil (absent) means none.
    public func decodeEvents(_ bytes: [UInt8]?) throws(SubstrateError) -> [EventRecord] {
        guard let value = try decodeStorage("System", "Events", bytes) else { return [] }
        var records: [EventRecord] = []
        for record in value.elements ?? [] {
            guard case .variant(let pallet, let outer)? = record["event"],
                case .variant(let name, let fields)? = outer.first?.value
            else { throw .malformed("an event is not an enum in an enum") }
            var index: UInt32?
            if record["phase"]?.caseName == "ApplyExtrinsic" { index = record["phase"]?[0]?.integer() }
            records.append(EventRecord(extrinsicIndex: index, pallet: pallet, name: name, fields: fields))
        }
        return records
    }

    /// The error of a pallet by the numbers in a `DispatchError::Module`.
    public func moduleError(palletIndex: UInt8, errorIndex: UInt8) -> DispatchFailure {
        guard let pallet = pallet(index: palletIndex), let type = pallet.errorType,
            case .variant(let variants)? = metadata.types[type]?.definition,
            let variant = variants.first(where: { $0.index == errorIndex })
        else {
            return DispatchFailure(
                pallet: pallet(index: palletIndex)?.name ?? "pallet \(palletIndex)", name: "error \(errorIndex)",
                documentation: "this runtime's metadata does not name it")
        }
        return DispatchFailure(
            pallet: pallet.name, name: variant.name,
            documentation: variant.documentation.map { $0.trimmingSpaces() }.joined(separator: " "))
    }

    /// A `sp_runtime::DispatchError` by name.
    public func dispatchFailure(_ error: ScaleValue) -> DispatchFailure {
        guard case .variant(let name, let fields) = error else {
            return DispatchFailure(pallet: nil, name: "unknown", documentation: "")
        }
        let inner = fields.first?.value
        // `error` is four bytes in new runtimes and one in old ones; the first is the variant's index.
        let index = inner?["error"].flatMap { $0.bytes?.first ?? $0.integer(UInt8.self) }
        if name == "Module", let pallet = inner?["index"]?.integer(UInt8.self), let index {
            return moduleError(palletIndex: pallet, errorIndex: index)
        }
        return DispatchFailure(
            pallet: nil, name: [name, inner?.caseName].compactMap(\.self).joined(separator: "."),
            documentation: "")
    }
}

extension String {
    func trimmingSpaces() -> String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
