import JSON
import NIOCore
import Signing
import Testing

@testable import Substrate
@testable import Subtensor

@Suite("Chain calls") struct ChainCallTests {
    let codec: RuntimeCodec
    let rows: [JSONElement]

    init() throws {
        codec = try #require(Fixture.codec)
        rows = try Fixture.json("bittensor-core@0.1.5/extrinsics_spec461.json").list("calls")
    }

    private func expected(_ call: String, _ index: Int = 0) throws -> (row: JSONElement, bytes: String) {
        let rows = rows.filter { $0["call"]?.string == call }
        let row = try #require(rows.indices.contains(index) ? rows[index] : nil)
        return (try #require(row["args"]), try row.text("data"))
    }

    private func hex(_ call: RuntimeCall, _ codec: RuntimeCodec? = nil) throws -> String {
        "0x" + Hex.encode(try (codec ?? self.codec).encode(call))
    }

    @Test("axons are published with the reference's bytes", arguments: [0, 1])
    func serve(index: Int) throws {
        let (row, bytes) = try expected("serve_axon", index)
        let axon = AxonInfo(
            version: try row.number("version"),
            ip: try #require(row["ip"].flatMap { UInt128($0.string ?? String(buffer: $0.rawBytes)) }),
            port: try row.number("port"), ipType: try row.number("ip_type"))
        #expect(try hex(SubtensorClient.serveCall(axon, Netuid(1), nil, codec)) == bytes)
    }

    @Test("with a certificate the TLS form is used")
    func serveTLS() throws {
        let (row, bytes) = try expected("serve_axon_tls")
        let axon = AxonInfo(version: 1, ip: 3_221_225_991, port: 443, ipType: 4)
        let certificate = try Hex.decode(row.text("certificate"))
        #expect(try hex(SubtensorClient.serveCall(axon, Netuid(1), certificate, codec)) == bytes)
    }

    @Test(
        "what the chain does not publish is refused before",
        arguments: [
            AxonInfo(ip: 1 << 40, port: 1, ipType: 4), AxonInfo(ip: 0x7f00_0001, port: 1, ipType: 4),
            AxonInfo(ip: 9, port: 0, ipType: 4), AxonInfo(ip: 9, port: 1, ipType: 5),
            AxonInfo(ip: 1, port: 1, ipType: 6),
        ])
    func refusedAxons(axon: AxonInfo) {
        let error = #expect(throws: SubtensorError.self) {
            try SubtensorClient.serveCall(axon, Netuid(1), nil, codec)
        }
        #expect(error?.code == .invalidAxon)
    }

    @Test("registrations keep to a limit where the runtime can, with the reference's bytes")
    func register() throws {
        let hotkey = Hotkey(try AccountID(ss58: "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"))
        let plain = try SubtensorClient.registerCall(hotkey, Netuid(1), nil, codec)
        #expect(try hex(plain) == expected("burned_register").bytes)
        let limited = try SubtensorClient.registerCall(hotkey, Netuid(1), Rao(1_000_000_000), codec)
        #expect(try hex(limited) == expected("register_limit").bytes)
        let older = try codec.without("register_limit")
        #expect(try SubtensorClient.registerCall(hotkey, Netuid(1), Rao(1), older).name == "burned_register")
    }

    @Test("commits and reveals use the mechanism's call where the runtime has it, else the plain one")
    func commits() throws {
        let hash = [UInt8](0..<32)
        #expect(
            try hex(SubtensorClient.commitCall(hash, Netuid(1), 1, codec)) == expected("commit_mechanism_weights").bytes
        )
        let older = try codec.without("commit_mechanism_weights", "reveal_mechanism_weights")
        #expect(
            try hex(SubtensorClient.commitCall(hash, Netuid(1), 0, older), older) == expected("commit_weights").bytes)
        let weights = WeightVector(entries: [.init(uid: UID(0), weight: 5), .init(uid: UID(1), weight: 6)])
        let short = WeightCommitment(weights, versionKey: 9, salt: [1, 2])
        #expect(
            try hex(SubtensorClient.revealCall(short, Netuid(1), 1, codec))
                == expected("reveal_mechanism_weights").bytes)
        let long = WeightCommitment(weights, versionKey: 9, salt: Array(1...8))
        #expect(
            try hex(SubtensorClient.revealCall(long, Netuid(1), 0, older), older) == expected("reveal_weights").bytes)
        let error = #expect(throws: SubtensorError.self) {
            try SubtensorClient.commitCall(hash, Netuid(1), 1, older)
        }
        #expect(error?.code == .runtimeLacks)
        #expect(error?.message.contains("commit_mechanism_weights") == true)
    }

    @Test("timelocked commits use the newest call the runtime has")
    func timelocked() throws {
        let (row, bytes) = try expected("commit_timelocked_mechanism_weights")
        let sealed = try Hex.decode(row.text("commit"))
        let call = try SubtensorClient.timelockedCall(sealed, row.number("reveal_round"), 4, Netuid(1), 0, codec)
        #expect(try hex(call) == bytes)
        let (plainRow, plainBytes) = try expected("commit_timelocked_weights")
        let older = try codec.without("commit_timelocked_mechanism_weights")
        let plain = try SubtensorClient.timelockedCall(
            Hex.decode(plainRow.text("commit")), plainRow.number("reveal_round"), 4, Netuid(1), 0, older)
        #expect(try hex(plain, older) == plainBytes)
        let oldest = try older.without("commit_timelocked_weights")
        let crv3 = try SubtensorClient.timelockedCall([1, 2], 7, 4, Netuid(1), 2, oldest)
        #expect(crv3.name == "commit_crv3_mechanism_weights")
        #expect(throws: Never.self) { try oldest.encode(crv3) }
        let none = try oldest.without("commit_crv3_mechanism_weights")
        let lacks = #expect(throws: SubtensorError.self) {
            try SubtensorClient.timelockedCall([1], 7, 4, Netuid(1), 0, none)
        }
        #expect(lacks?.code == .runtimeLacks)
        let large = #expect(throws: SubtensorError.self) {
            try SubtensorClient.timelockedCall(Array(repeating: 0, count: 5_001), 7, 4, Netuid(1), 0, codec)
        }
        #expect(large?.code == .invalidWeights)
    }

    @Test("a timelocked payload is account, uids, values and version key")
    func payload() throws {
        let hotkey = Hotkey(try #require(AccountID(bytes: Array(repeating: 7, count: 32))))
        let weights = WeightVector(entries: [.init(uid: UID(1), weight: 65_535)])
        #expect(
            TimelockedWeights.payload(weights, hotkey: hotkey, versionKey: 3)
                == [0x80] + Array(repeating: 7, count: 32) + [4, 1, 0, 4, 255, 255, 3, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test(
        "a refusal at submission and a failure in the block are the same error",
        arguments: [
            ("RateLimitExceeded", "SettingWeightsTooFast", SubtensorError.Code.tooSoon),
            ("StakeAmountTooLow", "NotEnoughStakeToSetWeights", .notEnoughStake),
            ("UidNotFound", "HotKeyNotRegisteredInSubNet", .notRegistered),
            ("SubnetNotExists", "SubnetNotExists", .subnetNotFound),
            ("InvalidRevealRound", "InvalidRevealRound", .invalidRevealRound),
            ("CommitNotFound", "NoWeightsCommitFound", .commitNotFound),
            ("CommitBlockNotInRevealRange", "RevealTooEarly", .notInRevealRange),
            ("InputLengthsUnequal", "WeightVecNotEqualSize", .invalidWeights),
            ("BadRequest", "NoSuchThing", .refused),
        ])
    func refusals(pool: String, block: String, code: SubtensorError.Code) throws {
        for (stage, name) in [(SubstrateError.Code.invalidTransaction, pool), (.dispatchFailed, block)] {
            let cause = SubstrateError(
                stage, "text", failure: DispatchFailure(pallet: nil, name: name, documentation: "why"))
            let error = try #require(SubtensorError(refusal: cause))
            #expect(error.code == code)
            #expect(error.refusal?.name == name)
            #expect(error.message.contains(name))
            #expect(error.isRetryable == (code == .tooSoon || code == .notInRevealRange))
        }
        #expect(SubtensorError(refusal: SubstrateError(.deadlineExceeded, "text")) == nil)
    }

    @Test("every name in the table of refusals is one that the runtime or its pool has")
    func refusalNames() throws {
        let errors = try #require(try codec.pallet("SubtensorModule").errorType)
        guard case .variant(let variants)? = codec.metadata.types[errors]?.definition else { return }
        let known = Set(variants.map(\.name)).union(CustomErrors.all.values.map(\.name))
            // Of other pallets, of the pool, and of the dispatch error itself.
            .union(["InsufficientBalance", "Payment", "Token.FundsUnavailable"])
        let unknown = SubtensorError.refusalNames.subtracting(known)
        #expect(unknown.isEmpty, "\(unknown)")
    }
}

extension RuntimeCodec {
    /// The same runtime without some of `SubtensorModule`'s calls.
    func without(_ calls: String...) throws -> RuntimeCodec {
        var metadata = metadata
        let type = try #require(try pallet("SubtensorModule").callType)
        guard case .variant(let all) = metadata.types.types[Int(type)].definition else { return self }
        metadata.types.types[Int(type)].definition = .variant(all.filter { !calls.contains($0.name) })
        return RuntimeCodec(metadata)
    }
}
