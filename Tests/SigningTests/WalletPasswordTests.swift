import Testing

@testable import Signing

@Suite("Passwords of wallets") struct WalletPasswordTests {
    @Test("have the variable of the official tools")
    func variable() {
        #expect(
            WalletPassword.variable(forFileAt: "/home/op/.bittensor/wallets/my-wallet/coldkey")
                == "BT_PW__HOME_OP__BITTENSOR_WALLETS_MY-WALLET_COLDKEY")
    }

    @Test("are unmasked with the variable's own name")
    func unmask() throws {
        // base64 of "secret" XOR "BT_PW_".
        let masked = "MTE8IjIr"
        #expect(unmasked(masked, "BT_PW_") == "secret")
        #expect(unmasked("not base64!", "BT_PW_") == nil)
        #expect(unmasked("", "BT_PW_") == nil)
    }

    private func unmasked(_ text: String, _ variable: String) -> String? {
        let password = SecretBytes(utf8: text).withBytes { WalletPassword.unmasked($0, variable) }
        guard let password else { return nil }
        return password.withBytes { String(decoding: $0, as: UTF8.self) }
    }
}
