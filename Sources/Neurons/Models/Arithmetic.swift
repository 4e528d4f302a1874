/// Finds one calculation in a sentence and does it: `What is 17 + 25?`, `Compute 12*7`, `3 times 4 minus 5`.
enum Arithmetic {
    private enum Operation {
        case add, subtract, multiply, divide

        init?(_ word: some StringProtocol) {
            switch word {
            case "+", "plus": self = .add
            case "-", "−", "–", "minus": self = .subtract
            case "*", "x", "×", "·", "times", "multiplied": self = .multiply
            case "/", "÷", "divided": self = .divide
            default: return nil
            }
        }
    }

    private enum Token { case number(Int), operation(Operation), other }

    /// The result of the first calculation with two or more integers; nil without one, or when it does not fit.
    ///
    /// Products bind tighter than sums. A quotient that is no integer has up to four decimals.
    static func result(in text: String) -> String? {
        guard let (numbers, operations) = calculation(in: tokens(of: text)) else { return nil }
        return evaluate(numbers, operations)
    }

    /// Another number than the right one.
    static func miss(_ result: String, by offset: Int) -> String {
        if let number = Int(result) { return String(number.addingReportingOverflow(offset).partialValue) }
        return "\((Double(result) ?? 0) + Double(offset))"
    }

    private static func tokens(of text: String) -> [Token] {
        var tokens: [Token] = []
        var word = ""
        func end() {
            guard !word.isEmpty else { return }
            if let number = Int(word) {
                tokens.append(.number(number))
            } else if let operation = Operation(word) {
                tokens.append(.operation(operation))
            } else if word != "by" {
                tokens.append(.other)
            }
            word = ""
        }
        let characters = Array(text.lowercased())
        for (index, character) in characters.enumerated() {
            let isInNumber = word.first.map(isDigit) ?? false
            if isDigit(character) {
                if !isInNumber { end() }
                word.append(character)
            } else if isInNumber, ",.".contains(character), index + 1 < characters.count, isDigit(characters[index + 1])
            {
                // 1,000 is an integer; 2.5 stays a word that is no integer, and no part of a calculation.
                if character == "." { word.append(character) }
            } else if character.isLetter {
                if isInNumber { end() }
                word.append(character)
            } else {
                end()
                if let operation = Operation(String(character)) {
                    tokens.append(.operation(operation))
                } else if !character.isWhitespace {
                    tokens.append(.other)
                }
            }
        }
        end()
        return tokens
    }

    private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }

    /// The first run of number, operation, number and so on.
    private static func calculation(in tokens: [Token]) -> (numbers: [Int], operations: [Operation])? {
        for start in tokens.indices {
            var numbers: [Int] = []
            var operations: [Operation] = []
            var position = start
            while let number = signedNumber(in: tokens, at: &position) {
                numbers.append(number)
                guard position < tokens.count, case .operation(let operation) = tokens[position] else { break }
                operations.append(operation)
                position += 1
            }
            if numbers.count > 1 { return (numbers, Array(operations.prefix(numbers.count - 1))) }
        }
        return nil
    }

    private static func signedNumber(in tokens: [Token], at position: inout Int) -> Int? {
        guard position < tokens.count else { return nil }
        if case .number(let number) = tokens[position] {
            position += 1
            return number
        }
        if case .operation(.subtract) = tokens[position], position + 1 < tokens.count,
            case .number(let number) = tokens[position + 1]
        {
            position += 2
            return -number
        }
        return nil
    }

    private static func evaluate(_ numbers: [Int], _ operations: [Operation]) -> String? {
        guard var product = numbers.first.map(Fraction.init) else { return nil }
        var sum: Fraction? = Fraction(0)
        var sign = 1
        for (operation, number) in zip(operations, numbers.dropFirst()) {
            switch operation {
            case .multiply:
                guard let next = product.times(number) else { return nil }
                product = next
            case .divide:
                guard let next = product.divided(by: number) else { return nil }
                product = next
            case .add, .subtract:
                sum = sum?.adding(product, sign: sign)
                sign = operation == .add ? 1 : -1
                product = Fraction(number)
            }
        }
        return sum?.adding(product, sign: sign)?.text
    }
}

/// An exact quotient of two integers; nil where one no longer fits.
private struct Fraction {
    let numerator: Int
    let denominator: Int

    init(_ number: Int) { (numerator, denominator) = (number, 1) }

    private init?(_ numerator: (Int, Bool), _ denominator: (Int, Bool)) {
        guard !numerator.1, !denominator.1, denominator.0 != 0, numerator.0 != .min, denominator.0 != .min else {
            return nil
        }
        let divisor = Self.greatestDivisor(abs(numerator.0), abs(denominator.0)) * denominator.0.signum()
        self.numerator = numerator.0 / divisor
        self.denominator = denominator.0 / divisor
    }

    func times(_ number: Int) -> Fraction? {
        Fraction(Self.product(numerator, number), (denominator, false))
    }

    func divided(by number: Int) -> Fraction? {
        number == 0 ? nil : Fraction((numerator, false), Self.product(denominator, number))
    }

    func adding(_ other: Fraction, sign: Int) -> Fraction? {
        let left = Self.product(numerator, other.denominator)
        let right = Self.product(other.numerator, denominator)
        guard !left.1, !right.1 else { return nil }
        let (sum, overflows) =
            sign > 0 ? left.0.addingReportingOverflow(right.0) : left.0.subtractingReportingOverflow(right.0)
        return Fraction((sum, overflows), Self.product(denominator, other.denominator))
    }

    /// An integer, or up to four decimals.
    var text: String {
        if denominator == 1 { return String(numerator) }
        let value = (Double(numerator) / Double(denominator) * 10_000).rounded() / 10_000
        return "\(value)"
    }

    private static func product(_ left: Int, _ right: Int) -> (Int, Bool) {
        let (product, overflows) = left.multipliedReportingOverflow(by: right)
        return (product, overflows)
    }

    private static func greatestDivisor(_ left: Int, _ right: Int) -> Int {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return max(left, 1)
    }
}
