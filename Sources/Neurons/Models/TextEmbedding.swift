internal import Signing

/// A vector of a text by feature hashing: each run of three or four characters and each word adds to one place.
///
/// Texts that share words and stems point in similar directions; meaning beyond that is not in it.
enum TextEmbedding {
    /// - Returns: a vector of length 1; for a text without any character the first axis.
    static func vector(of text: String, dimensions: Int) -> [Float] {
        var vector = [Float](repeating: 0, count: dimensions)
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
        for word in words {
            add("=" + word, weight: 2, to: &vector)
            let characters = Array(" " + word + " ")
            for length in 3...4 where characters.count >= length {
                for start in 0...(characters.count - length) {
                    add(String(characters[start..<start + length]), weight: 1, to: &vector)
                }
            }
        }
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard norm > 0 else {
            vector[0] = 1
            return vector
        }
        return vector.map { $0 / norm }
    }

    private static func add(_ feature: String, weight: Float, to vector: inout [Float]) {
        let hash = Hash.twox64(Array(feature.utf8)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        vector[Int(hash >> 1) % vector.count] += hash & 1 == 0 ? weight : -weight
    }
}
