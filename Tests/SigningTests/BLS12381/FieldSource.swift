@testable import Signing

/// Elements that are the same in each run.
struct FieldSource {
    private var counter: UInt8 = 0

    mutating func fp() -> Fp {
        counter += 1
        return Fp(reducing: Hash.sha512([counter]))
    }
    mutating func fp2() -> Fp2 { Fp2(c0: fp(), c1: fp()) }
    mutating func fp6() -> Fp6 { Fp6(c0: fp2(), c1: fp2(), c2: fp2()) }
    mutating func fp12() -> Fp12 { Fp12(c0: fp6(), c1: fp6()) }
}
