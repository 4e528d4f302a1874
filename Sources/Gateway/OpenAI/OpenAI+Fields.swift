internal import JSON

/// Reads single fields, with OpenAI's errors for what is wrong about them.
extension OpenAI {
    static func missing(_ param: String) -> OpenAIError {
        .invalid(param, code: "missing_required_parameter", "Missing required parameter: '\(param)'.")
    }

    static func wrongType(_ param: String, _ expected: String, _ found: JSONElement) -> OpenAIError {
        .invalid(
            param, code: "invalid_type",
            "Invalid type for '\(param)': expected \(expected), but got \(found.kind.rawValue) instead.")
    }

    static func requiredText(_ param: String, _ value: JSONElement?) throws(OpenAIError) -> String {
        guard let value, !value.isNull else { throw missing(param) }
        guard let text = value.string else { throw wrongType(param, "a string", value) }
        guard !text.isEmpty else { throw .invalid(param, code: "invalid_value", "'\(param)' must not be empty.") }
        return text
    }

    static func bool(_ param: String, _ value: JSONElement?) throws(OpenAIError) -> Bool? {
        guard let value, !value.isNull else { return nil }
        guard let bool = value.bool else { throw wrongType(param, "a boolean", value) }
        return bool
    }

    static func int(_ param: String, _ value: JSONElement, in range: ClosedRange<Int>) throws(OpenAIError) -> Int {
        guard let number = value.int else { throw wrongType(param, "an integer", value) }
        guard range.contains(number) else { throw outOfRange(param, "\(range.lowerBound)", "\(range.upperBound)") }
        return number
    }

    static func double(_ param: String, _ value: JSONElement, in range: ClosedRange<Double>) throws(OpenAIError)
        -> Double
    {
        guard value.kind == .number else { throw wrongType(param, "a number", value) }
        guard let number = value.double, range.contains(number) else {
            throw outOfRange(param, "\(range.lowerBound)", "\(range.upperBound)")
        }
        return number
    }

    private static func outOfRange(_ param: String, _ lower: String, _ upper: String) -> OpenAIError {
        .invalid(param, code: "invalid_value", "'\(param)' must be between \(lower) and \(upper).")
    }
}
