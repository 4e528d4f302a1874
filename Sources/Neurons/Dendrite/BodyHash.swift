internal import JSON
internal import Signing

/// The hash that a v10 signature covers in place of the body.
///
/// `hex(sha3(concat of hex(sha3(str(value)))))` over the synapse's `required_hash_fields` in their order.
///
/// - Source: bittensor 10.5.0, `synapse.py`, `body_hash`.
enum BodyHash {
    /// - Parameter fields: the values in the order of `required_hash_fields`. nil stands for Python's `None`.
    static func hex(of fields: [JSONElement?]) -> String {
        var digests = ""
        for field in fields {
            digests += Hex.encode(Hash.sha3_256(field.map(PythonText.strBytes) ?? Array("None".utf8)))
        }
        return Hex.encode(Hash.sha3_256(Array(digests.utf8)))
    }
}
