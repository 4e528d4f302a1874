public import Signing
internal import Substrate

/// A subnet as a whole, as a block showed it.
public struct Subnet: Hashable, Sendable {
    public var netuid: Netuid
    public var name: String
    /// The symbol of its token.
    public var symbol: String
    /// Blocks from one epoch to the next.
    public var tempo: UInt16
    public var blocksSinceLastStep: UInt64
    /// TAO for one alpha at the pool's price now; the moving price where the runtime does not tell.
    public var price: Double
    /// TAO for one alpha, averaged over a long time.
    public var movingPrice: Double
    /// Given out per block: TAO into the pool, alpha into the pool, alpha to participants.
    public var taoInEmission: Rao
    public var alphaInEmission: Rao
    public var alphaOutEmission: Rao
    /// What the pool holds.
    public var taoInPool: Rao
    public var alphaInPool: Rao
    public var alphaOutstanding: Rao
    /// What a registration costs now; nil where the runtime does not tell.
    public var registrationCost: Rao?
    public var isRegistrationAllowed: Bool?
    public var neuronCount: UInt16?
    public var maximumNeurons: UInt16?
    public var registeredAt: UInt64
    /// Nil in runtimes that do not tell.
    public var ownerHotkey: Hotkey?
    public var ownerColdkey: Coldkey?

    /// From `SubnetInfoRuntimeApi.get_all_dynamic_info`.
    init(dynamicInfo value: ScaleValue) throws(SubtensorError) {
        guard let netuid = value["netuid"]?.integer(UInt16.self) else {
            throw SubtensorError(.unexpectedShape, "a subnet in the list has no netuid")
        }
        func rao(_ name: String) -> Rao { Rao(value[name]?.integer() ?? 0) }
        self.netuid = Netuid(netuid)
        name = value["subnet_name"]?.text ?? ""
        symbol = value["token_symbol"]?.text ?? ""
        tempo = value["tempo"]?.integer() ?? 0
        blocksSinceLastStep = value["blocks_since_last_step"]?.integer() ?? 0
        // I96F32; subnet 0 has no pool, its token is TAO.
        movingPrice = netuid == 0 ? 1 : value["moving_price"]?.fixedPoint(fractionBits: 32) ?? 0
        price = movingPrice
        taoInEmission = rao("tao_in_emission")
        alphaInEmission = rao("alpha_in_emission")
        alphaOutEmission = rao("alpha_out_emission")
        taoInPool = rao("tao_in")
        alphaInPool = rao("alpha_in")
        alphaOutstanding = rao("alpha_out")
        registeredAt = value["network_registered_at"]?.integer() ?? 0
        ownerHotkey = value["owner_hotkey"]?.bytes.flatMap(AccountID.init(bytes:)).map { Hotkey($0) }
        ownerColdkey = value["owner_coldkey"]?.bytes.flatMap(AccountID.init(bytes:)).map { Coldkey($0) }
    }

    /// From `SubnetInfoRuntimeApi.get_subnets_info_v2`, which tells less.
    init(info value: ScaleValue) throws(SubtensorError) {
        try self.init(dynamicInfo: value)
        name = value["identity"]?["subnet_name"]?.text ?? ""
        registrationCost = value["burn"]?.integer().map { Rao($0) }
        neuronCount = value["subnetwork_n"]?.integer()
        maximumNeurons = value["max_allowed_uids"]?.integer()
        ownerColdkey = value["owner"]?.bytes.flatMap(AccountID.init(bytes:)).map { Coldkey($0) }
    }
}
