/// A column of the metagraph that can be asked for by itself.
///
/// - Source: subtensor, `SelectiveMetagraphIndex`.
public enum MetagraphField: UInt16, CaseIterable, Hashable, Sendable {
    case name = 1
    case symbol = 2
    case block = 7
    case tempo = 8
    case lastStep = 9
    case blocksSinceLastStep = 10
    case hotkeys = 52
    case coldkeys = 53
    case axons = 55
    case active = 56
    case validatorPermit = 57
    case lastUpdate = 59
    case emission = 60
    case dividends = 61
    case incentives = 62
    case consensus = 63
    case blockAtRegistration = 66
    case totalStake = 69
}
