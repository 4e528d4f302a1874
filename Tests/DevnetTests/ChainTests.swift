import Signing
import Substrate
import Subtensor
import Testing

@testable import Devnet

@Suite("Chain") struct ChainTests {
    /// - Source: the header's SCALE form, hashed with blake2b-256, as every client computes it.
    @Test("hashes headers as clients do") func headerHash() {
        let header = Header(
            parentHash: BlockHash([UInt8](repeating: 1, count: 32)), number: 69,
            stateRoot: BlockHash([UInt8](repeating: 2, count: 32)),
            extrinsicsRoot: BlockHash([UInt8](repeating: 3, count: 32)))
        let bytes =
            [UInt8](repeating: 1, count: 32) + [0x15, 0x01] + [UInt8](repeating: 2, count: 32)
            + [UInt8](repeating: 3, count: 32) + [0]
        #expect(header.scale == bytes)
        #expect(header.hash.bytes == Hash.blake2b256(bytes))
    }

    @Test("starts from the same genesis with the same configuration only") func genesis() throws {
        let hash = try TestChain().chain.genesis.hash
        #expect(try TestChain().chain.genesis.hash == hash)
        #expect(try TestChain { $0.subnets[0].tempo = 6 }.chain.genesis.hash != hash)
    }

    @Test("links every block to the one before") func parents() throws {
        let test = try TestChain()
        test.produce(3)
        for number in UInt32(1)...3 {
            let block = try #require(test.chain.block(number))
            #expect(block.header.parentHash == test.chain.block(number - 1)?.hash)
            #expect(test.chain.block(block.hash)?.number == number)
        }
    }

    @Test("keeps the finalized head behind the head") func finality() throws {
        let test = try TestChain { $0.finalityLag = 2 }
        test.produce(1)
        #expect(test.chain.finalizedHead.number == 0)
        test.produce(4)
        #expect(test.chain.finalizedHead.number == 3)
    }

    @Test("reads storage as it was after each block kept, and no longer") func history() throws {
        let test = try TestChain { $0.history = 64 }
        test.produce(70)
        let recent = try #require(test.chain.block(50))
        #expect(try #require(test.chain.snapshot(at: recent)).read(Storage.system.number) == 50)
        #expect(test.chain.block(6) == nil)
        #expect(test.chain.block(7)?.number == 7)
        // The first block stays, since clients ask for its hash; its state does not.
        #expect(test.chain.snapshot(at: test.chain.genesis) == nil)
        // What only the first block wrote is still read later.
        #expect(try test.head.read(Storage.subtensor.tempo, TestChain.netuid) == 5)
    }

    @Test(
        "takes endpoints on this machine and refuses unusable ones",
        arguments: [
            (ip: 0x7F00_0001, port: 8_091, ipType: 4, refusal: nil),
            (ip: 0xFFFF_FFFF, port: 8_091, ipType: 4, refusal: "Custom error: 11"),
            (ip: 0x7F00_0001, port: 8_091, ipType: 5, refusal: "Custom error: 11"),
            (ip: 0x7F00_0001, port: 0, ipType: 4, refusal: "Custom error: 13"),
        ] as [(ip: UInt128, port: UInt16, ipType: UInt8, refusal: String?)])
    func serveAxon(ip: UInt128, port: UInt16, ipType: UInt8, refusal: String?) throws {
        let test = try TestChain()
        test.produce(1)
        let call = Substrate.RuntimeCall(
            "SubtensorModule", "serve_axon",
            [
                "netuid": .number(UInt16(2)), "version": .number(UInt32(1)), "ip": .number(ip), "port": .number(port),
                "ip_type": .number(ipType), "protocol": .number(UInt8(4)), "placeholder1": .number(UInt8(0)),
                "placeholder2": .number(UInt8(0)),
            ])
        let extrinsic = try test.extrinsic(call, by: test.miners[0])
        do throws(RPCError) {
            _ = try test.chain.submit(extrinsic)
            #expect(refusal == nil)
        } catch {
            #expect(error.data == refusal)
        }
        test.produce(1)
        let axon = try test.head.find(Storage.subtensor.axons, TestChain.netuid, test.miners[0].accountID)
        #expect(axon?.port == (refusal == nil ? port : nil))
    }

    @Test("registers for the burn, once") func burnedRegister() throws {
        let test = try TestChain()
        let hotkey = try SR25519KeyPair(uri: "//Newcomer").accountID
        let call = Substrate.RuntimeCall(
            "SubtensorModule", "burned_register", ["netuid": .number(UInt16(2)), "hotkey": .bytes(hotkey.bytes)])
        #expect(try test.outcome(of: call, by: test.coldkey) == nil)
        #expect(try test.head.find(Storage.subtensor.uids, TestChain.netuid, hotkey) == UID(3))
        let free = try test.head.read(Storage.system.account, test.coldkey.accountID).free
        #expect(free == Genesis.balance - 100_000_000)
        #expect(try test.outcome(of: call, by: test.coldkey) == "HotKeyAlreadyRegisteredInSubNet")
        let cheap = Substrate.RuntimeCall(
            "SubtensorModule", "register_limit",
            [
                "netuid": .number(UInt16(2)), "hotkey": .bytes(test.coldkey.accountID.bytes),
                "limit_price": .number(UInt64(1)),
            ])
        #expect(try test.outcome(of: cheap, by: test.coldkey) == "RegistrationPriceLimitExceeded")
    }
}

@Suite("Versioned storage") struct VersionedStorageTests {
    @Test("reads the last value written at or before a block") func versions() {
        var storage = VersionedStorage()
        storage.commit([[1]: [10], [2]: [20]], block: 0)
        storage.commit([[1]: [11]], block: 2)
        storage.commit([[1]: nil], block: 4)
        #expect((0...4).map { storage.value(at: [1], block: $0) } == [[10], [10], [11], [11], nil])
        #expect(storage.keys(withPrefix: [], block: 3) == [[1], [2]])
        #expect(storage.keys(withPrefix: [], block: 4) == [[2]])
    }

    @Test("forgets what no block kept can read") func forgetting() {
        var storage = VersionedStorage()
        storage.commit([[1]: [10], [2]: [20]], block: 0)
        storage.commit([[1]: [11]], block: 2)
        storage.forget(before: 2)
        #expect(storage.value(at: [1], block: 2) == [11])
        #expect(storage.value(at: [1], block: 1) == nil)
        #expect(storage.value(at: [2], block: 2) == [20])
    }
}
