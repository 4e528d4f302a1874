internal import Foundation
internal import Neurons
public import Signing
public import Subnets
public import Subtensor
internal import Synchronization

/// The scores of all miners, per (netuid, hotkey).
///
/// Observations come from event loops, so recording is a few additions behind a lock. The book is kept as a JSON file
/// between runs.
public final class ScoreBook: Sendable {
    struct Key: Hashable {
        let netuid: Netuid
        let hotkey: Hotkey
    }

    /// One line of the book's file.
    private struct Entry: Codable {
        var netuid: UInt16
        var hotkey: String
        var score: Score
    }

    /// Miners in the book, at most; the file is bounded by it.
    static let maximumEntries = 65_536

    private let scores = Mutex<[Key: Score]>([:])

    public init() {}

    /// Learns from an attempt; what we broke off ourselves says nothing.
    public func record(_ observation: Observation) {
        guard observation.outcome != .abandoned else { return }
        let key = Key(netuid: observation.netuid, hotkey: observation.miner.hotkey)
        scores.withLock { scores in
            guard scores[key] != nil || scores.count < Self.maximumEntries else { return }
            scores[key, default: Score()].add(
                isAnswered: observation.outcome == .answered,
                latencySeconds: observation.latency / .seconds(1),
                correctness: observation.correctness ?? (observation.source == .probe ? 0 : nil),
                agreement: observation.agreement)
        }
    }

    public func score(of hotkey: Hotkey, in netuid: Netuid) -> Score? {
        scores.withLock { $0[Key(netuid: netuid, hotkey: hotkey)] }
    }

    /// Forgets hotkeys that left the subnet.
    func retain(_ hotkeys: Set<Hotkey>, in netuid: Netuid) {
        scores.withLock { scores in
            scores = scores.filter { $0.key.netuid != netuid || hotkeys.contains($0.key.hotkey) }
        }
    }

    /// Reads a book that ``save(to:)`` wrote; a file that is missing is an empty book.
    public func load(from path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        let data = try Data(contentsOf: URL(filePath: path))
        let entries = try JSONDecoder().decode([Entry].self, from: data)
        scores.withLock { scores in
            for entry in entries.prefix(Self.maximumEntries) {
                guard let hotkey = try? Hotkey(ss58: entry.hotkey) else { continue }
                scores[Key(netuid: Netuid(entry.netuid), hotkey: hotkey)] = entry.score
            }
        }
    }

    /// Writes the book beside the old one and puts it in its place.
    public func save(to path: String) throws {
        let entries = scores.withLock { scores in
            scores.map { Entry(netuid: $0.key.netuid.rawValue, hotkey: $0.key.hotkey.ss58, score: $0.value) }
        }
        try JSONEncoder().encode(entries).write(to: URL(filePath: path), options: .atomic)
    }
}
