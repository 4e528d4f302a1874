/// What a signature binds an extrinsic to.
public struct ChainIdentity: Hashable, Sendable {
    /// 32 bytes.
    public var genesisHash: [UInt8]
    public var specVersion: UInt32
    public var transactionVersion: UInt32

    public init(genesisHash: [UInt8], specVersion: UInt32, transactionVersion: UInt32) {
        self.genesisHash = genesisHash
        self.specVersion = specVersion
        self.transactionVersion = transactionVersion
    }
}

/// What is chosen for one extrinsic.
public struct ExtrinsicParameters: Hashable, Sendable {
    public var era: Era
    /// Hash of the era's birth block; unused for an immortal one, which binds to the genesis block.
    public var eraBlockHash: [UInt8]
    public var nonce: UInt32
    /// In rao.
    public var tip: UInt64
    /// 32 bytes to bind to the runtime's metadata hash, nil not to.
    public var metadataHash: [UInt8]?

    public init(
        era: Era = .immortal, eraBlockHash: [UInt8] = [], nonce: UInt32, tip: UInt64 = 0, metadataHash: [UInt8]? = nil
    ) {
        self.era = era
        self.eraBlockHash = eraBlockHash
        self.nonce = nonce
        self.tip = tip
        self.metadataHash = metadataHash
    }
}
