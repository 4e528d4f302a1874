import Substrate
import Subtensor

/// A metagraph of which the caller chooses the fields; the others are absent.
struct SelectiveMetagraph {
    static let typeName = "SelectiveMetagraph"
    let view: SubnetView
    /// Numbers of fields; unknown ones are ignored, as the chain does.
    let fields: Set<UInt16>

    static let declaration = TypeDeclaration(
        "pallet_subtensor::rpc_info::metagraph::SelectiveMetagraph", parameters: [("AccountId", "AccountId32")],
        layout: .composite(
            RuntimeStruct.selectable.enumerated().map { number, field in
                // The netuid is always there.
                .init(name: field.name, type: number == 0 ? field.typeName : "Option<\(field.typeName)>")
            }))

    func encode(to encoder: inout ScaleEncoder) {
        for (number, field) in RuntimeStruct.selectable.enumerated() {
            guard number != 0 else {
                field.encode(view, &encoder)
                continue
            }
            let isWanted = fields.contains(UInt16(truncatingIfNeeded: number))
            encoder.bool(isWanted)
            if isWanted { field.encode(view, &encoder) }
        }
    }
}
