internal import Foundation
internal import Synchronization

/// Usage that is not in the database yet: a queue of segments on disk.
///
/// Appending copies a record into mapped memory, under a mutex and without a system call. Room for a record is reserved
/// with the hold, so that a full disk refuses requests and never loses an answered one.
final class Spool: Sendable {
    /// Records to upload together.
    struct Batch: Sendable {
        let segment: SpoolSegment
        let records: [SpoolRecord]
        let next: Int
    }

    private struct State {
        var open: SpoolSegment
        var spares: [SpoolSegment] = []
        /// Full, or left by an earlier process; oldest first.
        var sealed: [SpoolSegment]
        var reserved = 0
        var nextSequence: UInt64

        var room: Int { spares.reduce(open.room) { $0 + $1.room } }
        var bytes: Int { (sealed + spares).reduce(open.bytes) { $0 + $1.bytes } }
    }

    private let directory: String
    private let segmentBytes: Int
    private let maximumBytes: Int
    private let state: Mutex<State>
    /// Frames of an earlier process that could not be read.
    let damagedRecords: Int

    /// Opens the spool and finds what an earlier process left.
    ///
    /// - Throws: ``MeteringError`` with code `spoolFull` or `stateDirectoryUnusable`.
    init(directory: String, segmentBytes: Int, maximumBytes: Int) throws(MeteringError) {
        let size = max(segmentBytes, SpoolSegment.headerBytes + 4 * SpoolRecord.maximumBytes)
        let (sealed, damaged) = try Self.recover(directory)
        let sequence = (sealed.last?.sequence ?? 0) &+ 1
        let open = try SpoolSegment.create(in: directory, sequence: sequence, bytes: size)
        self.directory = directory
        self.segmentBytes = size
        self.maximumBytes = maximumBytes
        damagedRecords = damaged
        state = Mutex(State(open: open, sealed: sealed, nextSequence: sequence &+ 1))
    }

    private static func recover(_ directory: String) throws(MeteringError) -> (sealed: [SpoolSegment], damaged: Int) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        var sealed: [SpoolSegment] = []
        var damaged = 0
        for name in names.sorted() where name.hasSuffix(".segment") {
            let path = "\(directory)/\(name)"
            guard let found = try SpoolSegment.recover(path) else {
                unlink(path)
                continue
            }
            damaged += found.damaged
            sealed.append(found.segment)
        }
        sealed.sort { $0.sequence < $1.sequence }
        return (sealed, damaged)
    }

    // MARK: Hot path

    /// Keeps room for one record.
    ///
    /// - Throws: ``MeteringError`` with code `spoolFull` when the disk or the configured bound has no more.
    func reserve() throws(MeteringError) {
        try state.withLock { state throws(MeteringError) in
            if state.room <= state.reserved { try grow(&state) }
            state.reserved += 1
        }
    }

    func cancelReservation() { state.withLock { $0.reserved -= 1 } }

    /// Writes a record into the room reserved for it.
    func append(_ record: SpoolRecord) {
        state.withLock { state in
            if state.open.room == 0 {
                guard !state.spares.isEmpty else { preconditionFailure("a record without reserved room") }
                state.sealed.append(state.open)
                state.open = state.spares.removeFirst()
            }
            state.open.append(record)
            state.reserved -= 1
        }
    }

    private func grow(_ state: inout State) throws(MeteringError) {
        guard state.bytes + segmentBytes <= maximumBytes else {
            throw MeteringError(
                .spoolFull, source: .gateway, isRetryable: true,
                message: "the spool in \(directory) has reached its bound of \(maximumBytes) bytes: "
                    + "usage must reach the database first",
                retryAfter: .seconds(5))
        }
        state.spares.append(
            try SpoolSegment.create(in: directory, sequence: state.nextSequence, bytes: segmentBytes))
        state.nextSequence &+= 1
    }

    // MARK: Uploader

    /// Keeps one spare segment, so that the hot path finds one ready.
    ///
    /// - Throws: ``MeteringError`` with code `spoolFull` when it can't.
    func prepareSpare() throws(MeteringError) {
        try state.withLock { state throws(MeteringError) in
            if state.spares.isEmpty || state.room < 2 * state.reserved { try grow(&state) }
        }
    }

    /// The oldest records that were not uploaded; nil when there are none.
    func nextBatch(limit: Int) -> Batch? {
        while let segment = oldest() {
            let (records, next) = segment.records(from: segment.uploaded, limit: limit)
            if !records.isEmpty { return Batch(segment: segment, records: records, next: next) }
            // Past frames that can't be read.
            segment.uploaded = next
            guard discard(segment) else { return nil }
        }
        return nil
    }

    /// Segments left by an earlier process still hold records.
    var hasRecovered: Bool { state.withLock { $0.sealed.contains(where: \.isRecovered) } }

    func uploaded(_ batch: Batch) {
        batch.segment.uploaded = batch.next
        _ = discard(batch.segment)
    }

    /// Has the disk keep what has not been uploaded.
    func synchronise() {
        let segments = state.withLock { state in
            (state.sealed + [state.open]).filter { $0.uploaded < $0.written }
        }
        for segment in segments { segment.synchronise() }
    }

    private func oldest() -> SpoolSegment? {
        state.withLock { $0.sealed.first ?? $0.open }
    }

    /// Removes a segment that was uploaded to its end, unless it is still written to.
    private func discard(_ segment: SpoolSegment) -> Bool {
        let isSealed = state.withLock { state in
            // Asked under the lock that appends hold: nothing can slip in before the segment goes.
            guard segment.uploaded >= segment.written,
                let index = state.sealed.firstIndex(where: { $0 === segment })
            else { return false }
            state.sealed.remove(at: index)
            return true
        }
        if isSealed { segment.remove() }
        return isSealed
    }
}
