internal import Signing

/// Checks nonce and signature of a call, in the order and with the words of the SDK.
///
/// Stricter than the SDK: the window for old nonces holds for every version, a nonce lies at most two hours ahead, and
/// a caller needs a uuid. Otherwise a nonce that was forgotten could be used again. Kinder in one way: nonces of
/// requests in flight together may arrive out of order; see `Decisions/0002`.
///
/// - Source: bittensor 10.5.0, `axon.py`, `default_verify`.
struct DendriteVerifier {
    private static let second: UInt64 = 1_000_000_000
    /// Nanoseconds that a nonce may be old beyond the call's timeout.
    private static let delta = 4 * second
    private static let maximumAhead = 7_200 * second

    let ownAddress: String
    let nonces: NonceStore

    init(ownAddress: String, capacity: Int = 1 << 16) {
        self.ownAddress = ownAddress
        nonces = NonceStore(
            capacity: capacity, retention: Self.delta + UInt64(DendriteCall.maximumTimeout) * Self.second)
    }

    /// - Parameter now: unix nanoseconds.
    func verify(_ call: DendriteCall, now: UInt64 = UnixTime.nanoseconds()) throws(AxonRejection) {
        guard let account = call.account else { throw .notVerified("Invalid hotkey") }
        guard let nonce = call.nonce else { throw .notVerified("Missing Nonce") }
        guard !call.uuid.isEmpty else { throw .notVerified("Missing UUID") }
        let window = nonces.window(of: account, uuid: call.uuid)
        guard window?.isUsed(nonce) != true else { throw Self.overtaken }
        if nonce <= window?.newest ?? UInt64.max { try checkAge(of: nonce, call, now: now) }
        guard nonce <= now + Self.maximumAhead else { throw .notVerified("Nonce is too far ahead") }
        guard !call.signature.isEmpty else { throw .notVerified("Missing Signature") }
        let message = call.message(receiver: ownAddress)
        guard let signature = (try? Hex.decode(call.signature)).flatMap({ SR25519Signature(bytes: $0) }),
            SR25519.isValidAllowingWrapping(signature, for: Array(message.utf8), by: account)
        else {
            throw .notVerified(
                NeuronError.quoted("Signature mismatch with \(message) and \(call.signature)", maximumLength: 1_024))
        }
        guard nonces.use(nonce, of: account, uuid: call.uuid, now: now) else { throw Self.overtaken }
    }

    private static let overtaken = AxonRejection.notVerified("Nonce is too old, a newer one was last processed")

    private func checkAge(of nonce: UInt64, _ call: DendriteCall, now: UInt64) throws(AxonRejection) {
        let window = Self.delta + UInt64(call.timeout * Double(Self.second))
        guard now > window, nonce <= now - window else { return }
        let allowed = Double(window) / Double(Self.second)
        let age = Double(now - nonce) / Double(Self.second)
        throw .notVerified(
            "Nonce is too old: acceptable delta is \(Self.twoDecimals(allowed)) seconds but request was "
                + "\(Self.twoDecimals(age)) seconds old")
    }

    private static func twoDecimals(_ value: Double) -> String {
        let hundredths = (min(value, 1e12) * 100).rounded()
        let whole = Int(hundredths / 100)
        let fraction = Int(hundredths.truncatingRemainder(dividingBy: 100))
        return "\(whole).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
