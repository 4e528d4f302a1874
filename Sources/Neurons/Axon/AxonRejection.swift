/// Why an axon does not serve a call, as it is told to the caller.
struct AxonRejection: Error, Equatable {
    let status: Int
    let message: String

    static func unknownSynapse(_ name: String, available: [String]) -> AxonRejection {
        let list = available.map { "'\($0)'" }.joined(separator: ", ")
        return AxonRejection(
            status: 404, message: "Synapse name '\(NeuronError.quoted(name))' not found. Available synapses [\(list)]")
    }

    static func blacklisted(_ reason: String) -> AxonRejection {
        AxonRejection(status: 403, message: "Forbidden. Key is blacklisted: \(NeuronError.quoted(reason)).")
    }

    static func notVerified(_ reason: String) -> AxonRejection {
        AxonRejection(status: 401, message: "Not Verified with error: \(reason)")
    }

    /// Faults of the body and of this side, told apart only in this side's log.
    static func internalError(_ id: String) -> AxonRejection {
        AxonRejection(status: 500, message: "Internal Server Error #\(id)")
    }
}
