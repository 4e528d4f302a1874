/// A request between its head and its task. One object: copying a request counts a reference for each of its fields.
///
/// `@unchecked Sendable`: used on the connection's loop only.
final class IncomingRequest: @unchecked Sendable {
    var request: HTTPRequest
    let head: RequestReader.Head

    init(_ request: consuming HTTPRequest, _ head: consuming RequestReader.Head) {
        self.request = request
        self.head = head
    }
}
