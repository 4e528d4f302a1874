import Foundation
import Testing

@testable import Metering

@Suite("Usage spool") struct SpoolTests {
    private final class Folder: Sendable {
        let path = NSTemporaryDirectory() + "thalamus-spool-" + UUID().uuidString
        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }
        var segments: [String] {
            get throws {
                try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".segment") }.sorted()
            }
        }
    }

    private let folder: Folder
    init() throws { folder = try Folder() }

    private func open(bytes: Int = 16 << 10, maximum: Int = 1 << 30) throws -> Spool {
        try Spool(directory: folder.path, segmentBytes: bytes, maximumBytes: maximum)
    }

    private func write(_ range: Range<Int>, to spool: Spool) throws {
        for number in range {
            try spool.reserve()
            spool.append(.numbered(number))
        }
    }

    private func drain(_ spool: Spool) -> [SpoolRecord] {
        var records: [SpoolRecord] = []
        while let batch = spool.nextBatch(limit: 10) {
            records += batch.records
            spool.uploaded(batch)
        }
        return records
    }

    @Test("gives records back as they were, over many segments, and forgets them")
    func roundTrip() throws {
        let spool = try open()
        try write(0..<300, to: spool)
        let records = drain(spool)
        #expect(records == (0..<300).map { .numbered($0) })
        #expect(drain(spool).isEmpty)
        #expect(try folder.segments.count <= 2)
    }

    @Test("is found again by the next process, from where the upload had come")
    func recovery() throws {
        do {
            let spool = try open()
            try write(0..<50, to: spool)
            let batch = try #require(spool.nextBatch(limit: 20))
            spool.uploaded(batch)
        }
        let again = try open()
        #expect(again.hasRecovered)
        #expect(drain(again).map(\.entry.requestID) == (20..<50).map { "request-\($0)" })
        #expect(!again.hasRecovered)
    }

    @Test("keeps what lies before a torn record, and after a damaged one")
    func damage() throws {
        do { try write(0..<5, to: try open()) }
        let name = try #require(try folder.segments.first)
        let url = URL(filePath: "\(folder.path)/\(name)")
        var data = try Data(contentsOf: url)
        let size =
            (data.distance(from: 0, to: try #require(data.range(of: Data("request-1".utf8))).lowerBound)
                - data.distance(from: 0, to: try #require(data.range(of: Data("request-0".utf8))).lowerBound))
        data[64 + size + 40] ^= 0xFF
        // The last one: only its head reached the file.
        data.replaceSubrange((64 + 4 * size + 60)..<(64 + 5 * size), with: Data(count: size - 60))
        try data.write(to: url)
        let again = try open()
        #expect(again.damagedRecords == 2)
        #expect(drain(again).map(\.entry.requestID) == ["request-0", "request-2", "request-3"])
        #expect(drain(again).isEmpty)
        #expect(!again.hasRecovered)
    }

    @Test("refuses room beyond its bound, and has it again after an upload")
    func bound() throws {
        let spool = try open(maximum: 32 << 10)
        #expect(throws: MeteringError.self) {
            for number in 0..<1_000 { try write(number..<(number + 1), to: spool) }
        }
        let written = drain(spool).count
        #expect(written > 20)
        try write(0..<1, to: spool)
        #expect(drain(spool).count == 1)
    }

    @Test("reserves room per open request")
    func reservations() throws {
        let spool = try open(maximum: 16 << 10)
        var reserved = 0
        while (try? spool.reserve()) != nil { reserved += 1 }
        #expect(reserved == 15)
        spool.cancelReservation()
        try spool.reserve()
        for number in 0..<reserved { spool.append(.numbered(number)) }
        #expect(drain(spool).count == reserved)
    }

    @Test("cuts texts to their bounds and keeps a record whole")
    func longTexts() throws {
        let spool = try open()
        var entry = LedgerEntry.fixture("r", model: String(repeating: "m", count: 5_000))
        entry.endpoint = String(repeating: "é", count: 500)
        entry.promptTokens = -3
        try spool.reserve()
        spool.append(SpoolRecord(entry: entry, leased: LeasedLimits(account: .max, key: .max), admittedAt: 7))
        let record = try #require(drain(spool).first)
        #expect(record.entry.model.utf8.count == 256)
        #expect(record.entry.endpoint.utf8.count <= 128)
        #expect(record.entry.promptTokens == 0)
        #expect(record.entry.requestID == "r")
    }

    @Test("loses nothing while it is written and uploaded at once")
    func concurrency() async throws {
        let spool = try open()
        let count = 4_000
        let seen = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for number in 0..<(count / 4) {
                        try write(writer * count + number..<writer * count + number + 1, to: spool)
                    }
                    return 0
                }
            }
            group.addTask {
                var seen = 0
                let deadline = ContinuousClock.now.advanced(by: .seconds(30))
                while seen < count, ContinuousClock.now < deadline {
                    seen += drain(spool).count
                    await Task.yield()
                }
                return seen
            }
            return try await group.reduce(0, +)
        }
        #expect(seen == count)
    }

    @Test("belongs to one process at a time")
    func lock() throws {
        let path = "\(folder.path)/state"
        let first = try StateDirectory(path)
        #expect(throws: MeteringError.self) { try StateDirectory(path) }
        let replica = first.replica
        _ = consume first
        #expect(try StateDirectory(path).replica == replica)
    }
}

extension SpoolRecord {
    fileprivate static func numbered(_ number: Int) -> SpoolRecord {
        SpoolRecord(
            entry: .fixture("request-\(number)"),
            leased: LeasedLimits(account: UInt16(number), key: number % 2 == 0 ? 5 : 0),
            admittedAt: Int64(number))
    }
}
