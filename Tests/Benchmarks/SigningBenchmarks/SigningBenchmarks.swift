import CSodium
import Foundation
import Signing

/// Costs of `Signing`, and what sr25519 costs beside libsodium's multiplications, measured in the same run.
///
///     THALAMUS_BENCHMARKS=1 swift run -c release SigningBenchmarks
///
/// Exit code 1 when a ratio is above its limit.
@main
struct SigningBenchmarks {
    /// Signing against one fixed-base multiplication.
    static let signLimit = 1.35
    /// Verifying against a fixed-base and a variable-base multiplication.
    static let verifyLimit = 1.25

    static func main() throws {
        guard sodium_init() >= 0 else { fatalError("libsodium cannot be initialised") }
        let pair = try SR25519KeyPair(uri: "//Alice")
        // As long as what a request's signature covers.
        let message = [UInt8](repeating: 0x61, count: 200)
        let signature = pair.sign(message)
        let (scalar, point) = operands(of: pair.accountID)

        let curve = Measurement.inTurns([
            (
                "libsodium: fixed-base multiplication",
                { times in
                    var output = [UInt8](repeating: 0, count: 32)
                    for _ in 0..<times { blackHole(crypto_scalarmult_ristretto255_base(&output, scalar)) }
                }
            ),
            (
                "libsodium: variable-base multiplication",
                { times in
                    var output = [UInt8](repeating: 0, count: 32)
                    for _ in 0..<times { blackHole(crypto_scalarmult_ristretto255(&output, scalar, point)) }
                }
            ),
            (
                "sr25519: sign 200 bytes",
                { times in
                    for _ in 0..<times { blackHole(pair.sign(message)) }
                }
            ),
            (
                "sr25519: verify 200 bytes",
                { times in
                    for _ in 0..<times { blackHole(SR25519.isValid(signature, for: message, by: pair.accountID)) }
                }
            ),
        ])
        let batch = Measurement.inTurns([
            (
                "sr25519: 8 signatures, one by one",
                { times in
                    let messages = (0..<8).map { message + [UInt8($0)] }
                    for _ in 0..<times { for message in messages { blackHole(pair.sign(message)) } }
                }
            ),
            (
                "sr25519: 8 signatures from a shared beginning",
                { times in
                    let endings = (0..<8).map { [UInt8($0)] }
                    for _ in 0..<times { blackHole(pair.sign(message, endings: endings)) }
                }
            ),
        ])
        let others = try Measurement.inTurns(textsAndHashes(pair.accountID, signature.bytes))
        for measurement in curve + batch + others { print(line(measurement)) }

        let sign = curve[2].nanoseconds / curve[0].nanoseconds
        let verify = curve[3].nanoseconds / (curve[0].nanoseconds + curve[1].nanoseconds)
        print("sign / fixed-base: \(rounded(sign)) (limit \(signLimit))")
        print("verify / (fixed-base + variable-base): \(rounded(verify)) (limit \(verifyLimit))")
        if sign > signLimit || verify > verifyLimit { exit(1) }
    }

    private static func textsAndHashes(
        _ account: AccountID, _ bytes: [UInt8]
    ) throws -> [(name: String, body: (Int) -> Void)] {
        let address = account.ss58
        let hex = Hex.encode(bytes)
        let kilobyte = [UInt8](repeating: 0x61, count: 1_024)
        let hashes: [(String, ([UInt8]) -> [UInt8])] = [
            ("blake2b128", Hash.blake2b128), ("blake2b256", Hash.blake2b256), ("blake2b512", Hash.blake2b512),
            ("twox64", Hash.twox64), ("twox128", Hash.twox128), ("twox256", Hash.twox256), ("sha256", Hash.sha256),
            ("sha512", Hash.sha512), ("sha3_256", Hash.sha3_256), ("keccak256", Hash.keccak256),
        ]
        return [
            ("SS58: write an address", { for _ in 0..<$0 { blackHole(account.ss58) } }),
            ("SS58: read an address", { for _ in 0..<$0 { blackHole(try? AccountID(ss58: address)) } }),
            ("Hex: write 64 bytes", { for _ in 0..<$0 { blackHole(Hex.encode(bytes)) } }),
            ("Hex: read 64 bytes", { for _ in 0..<$0 { blackHole(try? Hex.decode(hex)) } }),
        ] + hashes.map { name, hash in ("Hash: \(name) of 1 KiB", { for _ in 0..<$0 { blackHole(hash(kilobyte)) } }) }
    }

    /// A scalar below the order of the group, and the account's point.
    private static func operands(of account: AccountID) -> (scalar: [UInt8], point: [UInt8]) {
        var scalar = [UInt8](repeating: 0, count: 32)
        crypto_core_ristretto255_scalar_random(&scalar)
        return (scalar, account.bytes)
    }

    private static func line(_ measurement: Measurement) -> String {
        let name = measurement.name + String(repeating: " ", count: max(1, 48 - measurement.name.count))
        return name + "\(Int(measurement.nanoseconds.rounded())) ns, \(measurement.allocations) allocations"
    }

    private static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
}

/// Keeps the optimiser from leaving out what made the value.
@inline(never)
func blackHole<T>(_: T) {}
