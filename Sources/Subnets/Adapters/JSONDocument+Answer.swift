internal import JSON
internal import NIOCore

extension JSONDocument {
    /// Parses what a miner answered, or one event of it.
    init(answer body: ByteBuffer) throws(DispatchError) {
        do { self = try JSONDocument(parsing: body) } catch {
            throw DispatchError(.malformedAnswer, "The miner's answer is not JSON", cause: error)
        }
    }
}
