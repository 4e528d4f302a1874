internal import JSON
public import Signing
internal import Substrate

extension SubtensorClient {
    /// The TAO that an account can spend.
    public func balance(of account: AccountID) async throws -> Rao {
        let value = try await chain.storage(StorageQuery("System", "Account", .bytes(account.bytes)))
        guard let free = value?["data"]?["free"]?.integer(UInt64.self) else {
            throw SubtensorError(.unexpectedShape, "an account has no free balance")
        }
        return Rao(free)
    }

    /// What a hotkey is in a subnet: slot, permit, stake.
    ///
    /// - Source: storage `Uids`, `ValidatorPermit`, `TotalHotkeyAlpha`, `LastUpdate`; for a registered one the stake of
    ///   `get_neuron_lite`.
    public func standing(of hotkey: Hotkey, in netuid: Netuid) async throws -> HotkeyStanding {
        let head = try await chain.head()
        let codec = try await chain.runtime().codec
        let (id, key) = (ScaleValue.number(netuid.rawValue), ScaleValue.bytes(hotkey.account.bytes))
        let queries = [
            StorageQuery(Self.pallet, "NetworksAdded", id), StorageQuery(Self.pallet, "Uids", id, key),
            StorageQuery(Self.pallet, "ValidatorPermit", id), StorageQuery(Self.pallet, "LastUpdate", id),
            StorageQuery(Self.pallet, "TotalHotkeyAlpha", key, id),
        ].filter { codec.hasStorage($0.pallet, $0.item) }
        let values = try await chain.storage(queries, at: head.hash)
        let value = Dictionary(zip(queries.map(\.item), values)) { first, _ in first }.compactMapValues(\.self)
        guard value["NetworksAdded"]?.bool != false else { throw Self.notFound(netuid) }
        let alpha: UInt64 = value["TotalHotkeyAlpha"]?.integer() ?? 0
        guard let slot = value["Uids"]?.integer(UInt16.self) else {
            return HotkeyStanding(
                hotkey: hotkey, netuid: netuid, uid: nil, hasValidatorPermit: false, stake: Rao(alpha), lastUpdate: 0)
        }
        return HotkeyStanding(
            hotkey: hotkey, netuid: netuid, uid: UID(slot),
            hasValidatorPermit: value["ValidatorPermit"]?[Int(slot)]?.bool ?? false,
            stake: try await neuronStake(netuid, slot, at: head.hash, codec) ?? Rao(alpha),
            lastUpdate: value["LastUpdate"]?[Int(slot)]?.integer() ?? 0)
    }

    /// What a coldkey has staked, hotkey by hotkey and subnet by subnet.
    ///
    /// - Throws: `runtimeLacks` for a runtime without `StakeInfoRuntimeApi.get_stake_info_for_coldkey`.
    public func stakes(of coldkey: Coldkey) async throws -> [Stake] {
        let (api, method) = ("StakeInfoRuntimeApi", "get_stake_info_for_coldkey")
        guard try await chain.runtime().codec.hasMethod(api, method) else {
            throw SubtensorError(.runtimeLacks, "the runtime describes no \(api).\(method)")
        }
        let answer = try await chain.query(api, method, [.bytes(coldkey.account.bytes)])
        var stakes: [Stake] = []
        for item in answer.elements ?? [] {
            guard let hotkey = item["hotkey"]?.bytes.flatMap(AccountID.init(bytes:)),
                let netuid = item["netuid"]?.integer(UInt16.self), let amount = item["stake"]?.integer(UInt64.self)
            else { throw SubtensorError(.unexpectedShape, "a stake has no hotkey, netuid or amount") }
            stakes.append(
                Stake(
                    hotkey: Hotkey(hotkey), coldkey: coldkey, netuid: Netuid(netuid), amount: Rao(amount),
                    isRegistered: item["is_registered"]?.bool ?? false))
        }
        return stakes
    }

    /// Time from block to block as the runtime plans it.
    ///
    /// - Throws: `runtimeLacks` for a runtime that does not tell.
    /// - Source: constants `Aura.SlotDuration`, `Babe.ExpectedBlockTime`, or twice `Timestamp.MinimumPeriod`.
    public func blockTime() async throws -> Duration {
        guard let time = Self.blockTime(try await chain.runtime().codec) else {
            throw SubtensorError(.runtimeLacks, "the runtime has no constant that tells the time between blocks")
        }
        return time
    }

    /// What the connected node says of itself, in two round trips.
    public func information() async throws -> ChainInformation {
        let runtime = try await chain.runtime()
        async let finalized = chain.finalizedHead()
        async let head = chain.head()
        let names = try await chain.batch([
            RPCCall("system_chain"), RPCCall("system_name"), RPCCall("system_version"),
        ]).map { (try? $0.get().string) ?? "unknown" }
        return ChainInformation(
            chain: names[0], node: "\(names[1]) \(names[2])", genesisHash: chain.genesisHash?.hex ?? "",
            specVersion: runtime.identity.specVersion, transactionVersion: runtime.identity.transactionVersion,
            head: Head(try await head), finalized: Head(try await finalized),
            blockTime: Self.blockTime(runtime.codec))
    }

    static func blockTime(_ codec: RuntimeCodec) -> Duration? {
        for (pallet, name, factor) in [
            ("Aura", "SlotDuration", 1), ("Babe", "ExpectedBlockTime", 1), ("Timestamp", "MinimumPeriod", 2),
        ] {
            let value = try? codec.constant(pallet, name)
            if let milliseconds = value?.integer(UInt32.self), milliseconds > 0 {
                return .milliseconds(Int64(milliseconds)) * factor
            }
        }
        return nil
    }

    private func neuronStake(
        _ netuid: Netuid, _ uid: UInt16, at block: BlockHash, _ codec: RuntimeCodec
    ) async throws -> Rao? {
        guard codec.hasMethod("NeuronInfoRuntimeApi", "get_neuron_lite") else { return nil }
        let neuron = try await chain.query(
            "NeuronInfoRuntimeApi", "get_neuron_lite", [.number(netuid.rawValue), .number(uid)], at: block)
        var stake: UInt64 = 0
        for entry in neuron["stake"]?.elements ?? [] {
            stake = stake.addingReportingOverflow(entry[1]?.integer() ?? 0).partialValue
        }
        return Rao(stake)
    }
}

extension Head {
    init(_ header: BlockHeader) { self.init(number: header.number, hash: header.hash.hex) }
}
