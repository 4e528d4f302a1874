import Signing
import Substrate
import Subtensor
import Testing

@testable import Devnet

@Suite("Transactions") struct TransactionTests {
    let test: TestChain

    init() throws {
        test = try TestChain()
        test.produce(1)
    }

    /// The text of the node's refusal.
    private func refusal(_ extrinsic: [UInt8]) -> String? {
        do throws(RPCError) {
            _ = try test.chain.submit(extrinsic)
            return nil
        } catch {
            return error.data ?? error.message
        }
    }

    @Test("write weights that can be read back") func setWeights() throws {
        #expect(try test.outcome(of: test.setWeights([(1, 100), (2, 50)]), by: test.validator) == nil)
        let weights = try test.head.read(Storage.subtensor.weights, StorageIndex(TestChain.netuid), .init(0))
        #expect(weights.map(\.first.rawValue) == [1, 2])
        #expect(weights.map(\.second) == [65_535, 32_767])
    }

    @Test("are refused with a nonce that is spent") func stale() throws {
        #expect(try test.outcome(of: test.setWeights([(1, 1)]), by: test.validator) == nil)
        let extrinsic = try test.extrinsic(test.setWeights([(1, 1)]), by: test.validator, nonce: 0)
        #expect(refusal(extrinsic) == "Transaction is outdated")
    }

    @Test("are refused with a nonce beyond the next") func future() throws {
        let extrinsic = try test.extrinsic(test.setWeights([(1, 1)]), by: test.validator, nonce: 3)
        #expect(refusal(extrinsic) == "Transaction will be valid in the future")
    }

    @Test("are refused with a signature for other bytes") func badSignature() throws {
        var extrinsic = try test.extrinsic(test.setWeights([(1, 1)]), by: test.validator)
        extrinsic[extrinsic.count - 1] ^= 1
        #expect(refusal(extrinsic) == "Transaction has a bad signature")
    }

    @Test("are refused when signed for another runtime") func otherSpecVersion() throws {
        let extrinsic = try test.extrinsic(test.setWeights([(1, 1)]), by: test.validator, specVersion: 1)
        #expect(refusal(extrinsic) == "Transaction has a bad signature")
    }

    @Test("are refused when their era's first block is forgotten or over") func expired() throws {
        let extrinsic = try test.extrinsic(test.setWeights([(1, 1)]), by: test.validator)
        test.produce(64)
        // The era now counts from a later block, so the signature is for other bytes.
        #expect(refusal(extrinsic) == "Transaction has a bad signature")
    }

    @Test("are refused twice") func repeated() throws {
        let extrinsic = try test.extrinsic(test.setWeights([(1, 1)]), by: test.validator)
        #expect(refusal(extrinsic) == nil)
        #expect(refusal(extrinsic) == "Transaction Already Imported")
    }

    @Test("are refused by the pool within the rate limit") func rateLimit() throws {
        #expect(try test.outcome(of: test.setWeights([(1, 1)]), by: test.validator) == nil)
        #expect(refusal(try test.extrinsic(test.setWeights([(1, 1)]), by: test.validator)) == "Custom error: 6")
        test.produce(5)
        #expect(try test.outcome(of: test.setWeights([(1, 1)]), by: test.validator) == nil)
    }

    @Test("of two in one block only the first sets weights, and the other is dropped") func sameBlock() throws {
        let first = try test.chain.submit(test.extrinsic(test.setWeights([(1, 1)]), by: test.validator))
        let second = try test.chain.submit(test.extrinsic(test.setWeights([(2, 1)]), by: test.validator))
        let block = test.chain.produceBlock(now: 0)
        #expect(block.extrinsicHashes.contains(first))
        #expect(!block.extrinsicHashes.contains(second))
    }

    @Test("are refused when they are no extrinsics") func malformed() {
        #expect(refusal([1, 2, 3])?.contains("decode") == true)
        #expect(refusal([]) != nil)
    }
}

@Suite("Weight checks") struct WeightCheckTests {
    @Test(
        "name what is wrong",
        arguments: [
            (weights: [(9, 1)], netuid: 2, mechanism: 0, failure: "UidVecContainInvalidOne"),
            (weights: [(1, 1), (1, 1)], netuid: 2, mechanism: 0, failure: "DuplicateUids"),
            (
                weights: [(0, 1), (1, 1), (2, 1), (2, 1)], netuid: 2, mechanism: 0,
                failure: "UidsLengthExceedUidsInSubNet"
            ),
            (weights: [(1, 1)], netuid: 2, mechanism: 1, failure: "MechanismDoesNotExist"),
            (weights: [(1, 1)], netuid: 0, mechanism: 0, failure: "CommitRevealEnabled"),
            (weights: [], netuid: 2, mechanism: 0, failure: "WeightVecLengthIsLow"),
        ] as [(weights: [(UInt16, UInt16)], netuid: UInt16, mechanism: UInt8, failure: String)])
    func failures(weights: [(UInt16, UInt16)], netuid: UInt16, mechanism: UInt8, failure: String) throws {
        let test = try TestChain()
        test.produce(1)
        let call = test.setWeights(weights, netuid: netuid, mechanism: mechanism)
        #expect(try test.outcome(of: call, by: test.validator) == failure)
    }

    @Test("keep out who is not registered") func unregistered() throws {
        let test = try TestChain()
        let stranger = try SR25519KeyPair(uri: "//Stranger")
        #expect(try test.outcome(of: test.setWeights([(1, 1)]), by: stranger) == "HotKeyNotRegisteredInSubNet")
    }

    @Test("keep out who has no permit, but for a lone weight on itself") func unpermitted() throws {
        let test = try TestChain()
        #expect(try test.outcome(of: test.setWeights([(2, 1)]), by: test.miners[0]) == "NeuronNoValidatorPermit")
        #expect(try test.outcome(of: test.setWeights([(1, 1)]), by: test.miners[0]) == nil)
    }

    @Test("ask for the subnet's version key") func versionKey() throws {
        let test = try TestChain { $0.subnets[0].weightsVersionKey = 7 }
        test.produce(1)
        let old = test.setWeights([(1, 1)], versionKey: 6)
        #expect(try test.outcome(of: old, by: test.validator) == "IncorrectWeightVersionKey")
        #expect(try test.outcome(of: test.setWeights([(1, 1)], versionKey: 7), by: test.validator) == nil)
    }

    @Test("ask for the stake threshold before the pool") func stake() throws {
        let test = try TestChain { $0.stakeThreshold = .init(2_000_000_000_000) }
        let extrinsic = try test.extrinsic(test.setWeights([(1, 1)]), by: test.validator)
        #expect(throws: RPCError.self) { try test.chain.submit(extrinsic) }
    }

    @Test("spend the nonce even when the call fails") func nonce() throws {
        let test = try TestChain()
        _ = try test.outcome(of: test.setWeights([(9, 1)]), by: test.validator)
        #expect(test.chain.nextNonce(of: test.validator.accountID) == 1)
    }
}
