import ArgumentParser
import JSON
import NIOCore
import Signing
import Substrate
import Subtensor

struct ChainWeightsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "The weights that validators have set in a subnet.",
        discussion: """
            --set UID=SCORE,… sets weights the way the subnet takes them, by the subnet's own rules for the largest and \
            the fewest, and waits until they are in a finalized block.
            """)
    @Argument(help: "The subnet.") var netuid: UInt16
    @Option(help: "The mechanism.") var mechanism: UInt8 = 0
    @Option(help: "Only this validator's.") var uid: UInt16?
    @Option(name: .customLong("set"), help: "Scores to set, such as 3=0.7,9=0.3; needs a hotkey that signs.")
    var scores: String?
    @Option(help: "The version key; default: the lowest that the subnet takes.") var versionKey: UInt64?
    @Option(help: "The signing hotkey's file (official layout, mode 0600).") var hotkeyFile: String?
    @Option(help: "A development hotkey such as //Alice, instead of a file.") var hotkeyURI: String?
    @OptionGroup var password: WalletPasswordOptions
    @OptionGroup var options: ChainOptions

    func validate() throws {
        if scores == nil {
            guard hotkeyFile == nil, hotkeyURI == nil else { throw ValidationError("a hotkey signs only with --set") }
        } else {
            _ = try parsedScores()
            guard (hotkeyFile != nil) != (hotkeyURI != nil) else {
                throw ValidationError("--set needs --hotkey-file, or --hotkey-uri for development")
            }
        }
    }

    func run() async throws {
        if scores != nil { return try await set() }
        let rows = try await options.withClient { client in
            guard let uid else { return try await client.weights(in: Netuid(netuid), mechanism: mechanism) }
            return [(UID(uid), try await client.weights(setBy: UID(uid), netuid: Netuid(netuid), mechanism: mechanism))]
        }
        guard options.json else {
            return ChainTable(
                [.number("VALIDATOR"), .number("UID"), .number("WEIGHT"), .number("SHARE")],
                rows.flatMap { row in
                    let total = Double(row.entries.reduce(0) { $0 + UInt64($1.weight) })
                    return row.entries.map { entry in
                        [
                            "\(row.uid)", "\(entry.uid)", "\(entry.weight)",
                            ChainTable.decimal(Double(entry.weight) / max(total, 1)),
                        ]
                    }
                }
            ).show(title: "weights of subnet \(netuid), mechanism \(mechanism)")
        }
        var writer = JSONWriter()
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            writer.member("uid", UInt64(row.uid.rawValue))
            writer.name("weights")
            writer.beginArray()
            for entry in row.entries {
                writer.beginArray()
                writer.int(entry.uid.rawValue)
                writer.int(entry.weight)
                writer.endArray()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        print(String(buffer: writer.buffer))
    }

    private func set() async throws {
        let scores = try parsedScores()
        let signer = try ChainSigner.keyPair(file: hotkeyFile, uri: hotkeyURI, password)
        let receipt = try await options.withClient { client in
            let rules = try await client.hyperparameters(of: Netuid(netuid))
            let weights = try WeightVector(
                scores: scores, maximumWeight: rules.maxWeightsLimit, minimumCount: Int(rules.minAllowedWeights),
                own: scores.count == 1 ? scores[0].uid : nil)
            return try await client.setWeights(
                weights, netuid: Netuid(netuid), mechanism: mechanism,
                versionKey: versionKey ?? rules.weightsVersionKey, signer: signer)
        }
        guard options.json else {
            print("Weights of subnet \(netuid) are in block \(receipt.blockHash)")
            if let reveal = receipt.reveal {
                print("They are sealed until drand round \(reveal.round), about block \(reveal.block)")
            }
            return
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.members(of: receipt.extrinsic)
        writer.member("reveal_round", optional: receipt.reveal?.round)
        writer.member("reveal_block", optional: receipt.reveal?.block)
        writer.endObject()
        print(String(buffer: writer.buffer))
    }

    private func parsedScores() throws -> [(uid: UID, score: Double)] {
        try (scores ?? "").split(separator: ",").map { item in
            let parts = item.split(separator: "=")
            guard parts.count == 2, let uid = UInt16(parts[0]), let score = Double(parts[1]), score.isFinite, score >= 0
            else { throw ValidationError("--set takes UID=SCORE, comma separated, not \(item)") }
            return (UID(uid), score)
        }
    }
}
