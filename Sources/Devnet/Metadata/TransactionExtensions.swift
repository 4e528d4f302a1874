/// The transaction extensions of a signed extrinsic, in the order of their bytes.
///
/// - Source: spec 461; same bytes since spec 343, since the later extensions are empty.
enum TransactionExtensions {
    struct Extension: Sendable {
        let identifier: String
        let path: String
        /// What stands in the extrinsic.
        let fields: [TypeDeclaration.Field]
        /// What is signed besides.
        let additionalSigned: String

        init(
            _ path: String, _ fields: KeyValuePairs<String, String> = [:], additional: String = "()"
        ) {
            self.path = path
            self.identifier = path.split(separator: ":").last.map(String.init) ?? path
            self.fields = TypeDeclaration.Field.list(fields)
            self.additionalSigned = additional
        }
    }

    static let all: [Extension] = [
        Extension("frame_system::extensions::check_non_zero_sender::CheckNonZeroSender"),
        Extension("frame_system::extensions::check_spec_version::CheckSpecVersion", additional: "u32"),
        Extension("frame_system::extensions::check_tx_version::CheckTxVersion", additional: "u32"),
        Extension("frame_system::extensions::check_genesis::CheckGenesis", additional: "H256"),
        Extension("frame_system::extensions::check_mortality::CheckMortality", ["": "Era"], additional: "H256"),
        Extension("frame_system::extensions::check_nonce::CheckNonce", ["": "Compact<u32>"]),
        Extension("frame_system::extensions::check_weight::CheckWeight"),
        Extension("pallet_transaction_payment::ChargeTransactionPayment", ["": "Compact<TaoBalance>"]),
        Extension("node_subtensor_runtime::sudo_wrapper::SudoTransactionExtension"),
        Extension("pallet_shield::extension::CheckShieldedTxValidity"),
        Extension("pallet_subtensor::extensions::subtensor::SubtensorTransactionExtension"),
        Extension("pallet_drand::drand_priority::DrandPriority"),
        Extension("frame_metadata_hash_extension::CheckMetadataHash", ["mode": "Mode"], additional: "Option<[u8;32]>"),
    ]

    /// The type expression of all extensions' bytes in the extrinsic.
    static let extraType = "(" + all.map(\.identifier).joined(separator: ",") + ")"
}
