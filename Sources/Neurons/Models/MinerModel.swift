/// What stands behind an axon and does the work.
public protocol MinerModel: Sendable {
    /// The name that clients see.
    var name: String { get }

    /// Answers a chat, piece by piece.
    ///
    /// - Parameter receive: takes each piece of text in order, never an empty one; throws when nobody wants more.
    /// - Throws: ``NeuronError`` with code `modelFailed`, or what `receive` throws.
    func complete(_ prompt: ModelPrompt, receive: (String) async throws -> Void) async throws -> ModelEnding

    /// One vector per input, all of one length.
    ///
    /// - Parameter dimensions: the length asked for; nil leaves it to the model.
    /// - Throws: ``NeuronError`` with code `modelFailed`.
    func embed(_ inputs: [String], dimensions: Int?) async throws -> [[Float]]
}

/// How a completion ended.
public struct ModelEnding: Sendable, Equatable {
    public enum Reason: String, Sendable { case stop, length }
    public var reason: Reason
    public var promptTokens: Int
    public var completionTokens: Int

    public init(reason: Reason, promptTokens: Int, completionTokens: Int) {
        self.reason = reason
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
    }
}
