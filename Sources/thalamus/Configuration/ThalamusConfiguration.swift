import HTTPTransport
import Logging
import Metering
import Subnets
import Substrate
import Subtensor
import Validator

/// Everything `thalamus serve` is told by its file.
struct ThalamusConfiguration {
    /// ## Configuration keys (object `chain`)
    /// - `endpoints` (list of `ws://` or `wss://` URLs): tried in order
    /// - `genesis_hash` (text, `0x` and 64 hex digits, default: the first node's): nodes of another chain are refused
    /// - `ca_file` (path, PEM, default: the system's authorities), `crl_files` (list of paths): what `wss` trusts
    /// - `head_timeout` (duration, default 2m): a node whose head stands still this long is left
    /// - `maximum_lag` (int, blocks, default 20): behind what another node has shown
    /// - `network` (`public` or `local`, default `public`): with `local` miners are dialled on the loopback interface
    ///   only, with `public` nowhere but on the public internet
    /// - `miners` (list): miners that are on no chain, instead of `endpoints`
    struct Chain {
        enum Network: String { case local, `public` }
        var endpoints: [String] = []
        var genesisHash: BlockHash?
        var headTimeout: Duration = .seconds(120)
        var maximumLag: UInt64 = 20
        var caFile: String?
        var crlFiles: [String] = []
        var network = Network.public
        var miners: [StaticMiner] = []
    }

    /// ## Configuration keys (object `validator`, besides the validator's own)
    /// - `enabled` (bool, default false)
    /// - `netuids` (list of ints, default: every subnet with a chat model)
    struct Validation {
        var isEnabled = false
        var netuids: [Netuid]?
        var configuration = ValidatorConfiguration()
    }

    var server = HTTPServerConfiguration()
    /// Nil without an admin API.
    var admin: Admin?
    /// Event loops; one per core by default.
    var loops: Int?
    var metering = MeteringConfiguration(
        database: .sqlite(path: "data/thalamus.sqlite"), stateDirectory: "data/state")
    var chain = Chain()
    /// Path of the hotkey's file, or nil with `hotkeyURI`.
    var hotkeyFile: String?
    /// A development key such as `//Alice`; refused on a public network.
    var hotkeyURI: String?
    var subnets: [SubnetConfiguration] = []
    var models: [ModelConfiguration] = []
    var validation = Validation()
    var logLevel = Logger.Level.info
    /// Between the fall of readiness and the listeners' end.
    var drainDelay: Duration = .zero
    var drainGrace: Duration = .seconds(30)
}
