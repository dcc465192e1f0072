// Where does a JSON value end? A pushdown automaton over bytes that can stop after any byte and go on later.
//
// It follows the grammar closely enough to notice at once that a value cannot be finished (a missing comma, a bracket of the other
// kind, a line that ends inside a string), which is what makes it possible to find the next value again. What it lets through is
// still checked by the parser: escapes, UTF-8, the exact form of numbers, duplicate names.

/// Finds the end of one JSON value in a stream of bytes, each byte looked at once.
struct ValueScanner {
    enum Outcome {
        /// All bytes are read and the value goes on.
        case more
        /// The value ends before this position.
        case value(end: Int)
        /// No value can continue with the byte at this position.
        case broken(at: Int, reason: String)
    }

    private enum Expectation {
        case value, valueOrEnd, name, nameOrEnd, colon, commaOrEnd
    }

    private enum Token {
        case none, string, escape, number
        /// A keyword and how many of its bytes have been seen.
        case word([UInt8], Int)
    }

    private static let words = ["true", "false", "null"].map { Array($0.utf8) }

    private let depthLimit: Int
    /// The closing brackets that are due, innermost last.
    private var closers: [UInt8] = []
    private var expectation = Expectation.value
    private var token = Token.none
    /// The commas so far: with each, a value more.
    private(set) var commas = 0

    init(depthLimit: Int) { self.depthLimit = depthLimit }

    /// Whether a value has begun and not ended.
    var isInside: Bool {
        if case .none = token { !closers.isEmpty } else { true }
    }

    /// Whether the end of the input would end the value too, as it does for a number at the top level.
    var mayEndHere: Bool {
        guard closers.isEmpty else { return false }
        switch token {
        case .number: return true
        case .word(let word, let seen): return word.count == seen
        case .none, .string, .escape: return false
        }
    }

    /// Forgets the value at hand.
    mutating func reset() { self = ValueScanner(depthLimit: depthLimit) }

    /// Reads on from a position; the first byte of a value must not be white space.
    mutating func scan(_ bytes: [UInt8], from start: Int) -> Outcome {
        var position = start
        while position < bytes.count {
            let byte = bytes[position]
            switch token {
            case .string:
                if byte == UInt8(ascii: "\"") {
                    token = .none
                    if endValue() { return .value(end: position + 1) }
                } else if byte == UInt8(ascii: "\\") {
                    token = .escape
                } else if byte < 0x20 {
                    return .broken(
                        at: position,
                        reason: byte == UInt8(ascii: "\n") ? "the line ends inside a string" : "control character in a string")
                }
                position += 1
            case .escape:
                if byte < 0x20 { return .broken(at: position, reason: "control character in a string") }
                token = .string
                position += 1
            case .number:
                if ValueScanner.isInNumber(byte) {
                    position += 1
                } else {
                    token = .none
                    if endValue() { return .value(end: position) }
                }
            case .word(let word, let seen):
                if seen == word.count {
                    token = .none
                    if ValueScanner.isLetter(byte) { return .broken(at: position, reason: ValueScanner.unexpected(byte)) }
                    if endValue() { return .value(end: position) }
                } else if byte == word[seen] {
                    token = .word(word, seen + 1)
                    position += 1
                } else {
                    return .broken(at: position, reason: ValueScanner.unexpected(byte))
                }
            case .none:
                if let outcome = structure(byte, at: position) { return outcome }
                position += 1
            }
        }
        return .more
    }

    /// Reads a byte outside of strings, numbers and words; nil to go on.
    private mutating func structure(_ byte: UInt8, at position: Int) -> Outcome? {
        switch (byte, expectation) {
        case (0x20, _), (0x09, _), (0x0A, _), (0x0D, _): return nil
        case (UInt8(ascii: "{"), .value), (UInt8(ascii: "{"), .valueOrEnd):
            closers.append(UInt8(ascii: "}"))
            expectation = .nameOrEnd
        case (UInt8(ascii: "["), .value), (UInt8(ascii: "["), .valueOrEnd):
            closers.append(UInt8(ascii: "]"))
            expectation = .valueOrEnd
        case (_, .nameOrEnd) where byte == closers.last, (_, .valueOrEnd) where byte == closers.last,
            (_, .commaOrEnd) where byte == closers.last:
            closers.removeLast()
            return endValue() ? .value(end: position + 1) : nil
        case (UInt8(ascii: ","), .commaOrEnd):
            commas += 1
            expectation = closers.last == UInt8(ascii: "}") ? .name : .value
        case (UInt8(ascii: ":"), .colon): expectation = .value
        case (UInt8(ascii: "\""), .value), (UInt8(ascii: "\""), .valueOrEnd): token = .string
        case (UInt8(ascii: "\""), .name), (UInt8(ascii: "\""), .nameOrEnd):
            token = .string
            expectation = .colon
        case (_, .value), (_, .valueOrEnd):
            if byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                token = .number
            } else if let word = ValueScanner.words.first(where: { $0[0] == byte }) {
                token = .word(word, 1)
            } else {
                return .broken(at: position, reason: ValueScanner.unexpected(byte))
            }
        default: return .broken(at: position, reason: ValueScanner.unexpected(byte))
        }
        return closers.count > depthLimit ? .broken(at: position, reason: "nested deeper than \(depthLimit) levels") : nil
    }

    /// Notes that a value or a name has ended; true if it was the outermost one.
    private mutating func endValue() -> Bool {
        if case .colon = expectation { return false }
        if closers.isEmpty { return true }
        expectation = .commaOrEnd
        return false
    }

    private static func isInNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"),
            UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }

    private static func unexpected(_ byte: UInt8) -> String {
        if (0x21...0x7E).contains(byte) { return "unexpected '\(Character(UnicodeScalar(byte)))'" }
        if byte == 0 { return "unexpected NUL byte; text must be UTF-8" }
        let hex = String(byte, radix: 16, uppercase: true)
        return "unexpected byte 0x\(hex.count == 1 ? "0" : "")\(hex)"
    }
}
