public import Signing
public import Substrate

extension SubtensorClient {
    /// Publishes where a hotkey's axon listens, and follows that into a finalized block. Free of charge.
    ///
    /// - Parameters:
    ///   - axon: `block` is the chain's to set.
    ///   - certificate: for callers that want TLS: the public key they should expect, at most 65 bytes.
    /// - Throws: ``SubtensorError`` `invalidAxon`, `tooSoon` or `notRegistered`; `runtimeLacks`.
    /// - Source: subtensor, `serve_axon` and `serve_axon_tls`; both check IP type, address and port.
    public func serveAxon(
        _ axon: AxonInfo, netuid: Netuid, certificate: [UInt8]? = nil, signer: SR25519KeyPair
    ) async throws -> FinalizedExtrinsic {
        let codec = try await chain.runtime().codec
        return try await submit(try Self.serveCall(axon, netuid, certificate, codec), by: signer)
    }

    /// Registers a hotkey in a subnet at the cost of the moment, paid by the signing coldkey.
    ///
    /// - Parameter limit: the most it may cost. Newer runtimes keep to it themselves; with older ones the cost is
    ///   looked at first and may still rise until the block.
    /// - Throws: ``SubtensorError`` `costTooHigh`, `notEnoughBalance`, `alreadyRegistered` or `registrationClosed`;
    ///   `runtimeLacks`.
    /// - Source: subtensor, `register_limit`, else `burned_register`.
    public func burnedRegister(
        _ hotkey: Hotkey, netuid: Netuid, limit: Rao? = nil, coldkey: SR25519KeyPair
    ) async throws -> FinalizedExtrinsic {
        let codec = try await chain.runtime().codec
        if let limit, !codec.hasCall(Self.pallet, "register_limit"),
            let cost = try await registrationCost(of: netuid), cost > limit
        {
            throw SubtensorError(
                .costTooHigh, "a registration in subnet \(netuid) costs \(cost) rao, over the limit of \(limit)",
                source: .caller, isRetryable: true)
        }
        return try await submit(try Self.registerCall(hotkey, netuid, limit, codec), by: coldkey)
    }

    /// What a registration in a subnet costs now, in rao; nil where the runtime does not tell.
    public func registrationCost(of netuid: Netuid) async throws -> Rao? {
        let value = try await storage(["NetworksAdded", "Burn"], key: .number(netuid.rawValue))
        guard value["NetworksAdded"]?.bool != false else { throw Self.notFound(netuid) }
        return value["Burn"]?.integer().map { Rao($0) }
    }

    static func serveCall(
        _ axon: AxonInfo, _ netuid: Netuid, _ certificate: [UInt8]?, _ codec: RuntimeCodec
    ) throws(SubtensorError) -> RuntimeCall {
        guard axon.ipType == 4 || axon.ipType == 6 else {
            throw SubtensorError(
                .invalidAxon, "an address is of IP version 4 or 6, not \(axon.ipType)", source: .caller)
        }
        guard axon.port > 0 else { throw SubtensorError(.invalidAxon, "port 0 cannot be published", source: .caller) }
        // Broadcast and loopback are refused by the chain, as are 4-octet addresses that do not fit.
        let highest: UInt128 = axon.ipType == 4 ? UInt128(UInt32.max) : .max
        let loopback: UInt128 = axon.ipType == 4 ? 0x7f00_0001 : 1
        guard axon.ip < highest, axon.ip != loopback else {
            throw SubtensorError(.invalidAxon, "the chain does not publish this IP address", source: .caller)
        }
        var call = RuntimeCall(
            pallet, certificate == nil ? "serve_axon" : "serve_axon_tls",
            [
                "netuid": .number(netuid.rawValue), "version": .number(axon.version), "ip": .uint(axon.ip),
                "port": .number(axon.port), "ip_type": .number(axon.ipType), "protocol": .number(axon.protocolNumber),
                "placeholder1": 0, "placeholder2": 0,
            ])
        if let certificate {
            guard certificate.count <= 65 else {
                throw SubtensorError(
                    .invalidAxon, "a certificate of \(certificate.count) bytes, the chain takes 65", source: .caller)
            }
            call.arguments.append(.init("certificate", .bytes(certificate)))
        }
        return try existing(call, codec)
    }

    static func registerCall(
        _ hotkey: Hotkey, _ netuid: Netuid, _ limit: Rao?, _ codec: RuntimeCodec
    ) throws(SubtensorError) -> RuntimeCall {
        let (id, key) = (ScaleValue.number(netuid.rawValue), ScaleValue.bytes(hotkey.account.bytes))
        if let limit, codec.hasCall(pallet, "register_limit") {
            return RuntimeCall(
                pallet, "register_limit", ["netuid": id, "hotkey": key, "limit_price": .number(limit.rawValue)])
        }
        return try existing(RuntimeCall(pallet, "burned_register", ["netuid": id, "hotkey": key]), codec)
    }

    /// The call, where the runtime has it.
    static func existing(_ call: RuntimeCall, _ codec: RuntimeCodec) throws(SubtensorError) -> RuntimeCall {
        guard codec.hasCall(call.pallet, call.name) else {
            throw SubtensorError(.runtimeLacks, "the runtime has no call \(call.pallet).\(call.name)")
        }
        return call
    }
}
