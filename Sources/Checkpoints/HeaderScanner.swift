/// A strict scanner for the JSON of a safetensors header.
///
/// It reads what serde_json reads, no more: the reference library's verdicts, down to `-0` and `\ud800`, are its specification, and
/// a general JSON parser differs from it in too many corners.
struct HeaderScanner {
    private let bytes: [UInt8]
    /// Where the scanner stands.
    private(set) var position = 0

    /// Containers within containers that are followed, the outermost included.
    ///
    /// *Source:* serde_json's recursion limit of 128 allows 127.
    static let depthLimit = 127

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The byte at the position, or nil at the end.
    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    func failure(_ reason: String) -> SafetensorsError { SafetensorsError(.syntax(reason, offset: position)) }

    mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Takes one punctuation character, after white space.
    mutating func expect(_ character: Unicode.Scalar) throws(SafetensorsError) {
        skipSpace()
        guard current == UInt8(ascii: character) else { throw failure("'\(character)' is missing") }
        position += 1
    }

    /// Takes one punctuation character if it comes next, after white space.
    mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard current == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Takes the words `null`, `true` or `false`.
    mutating func acceptWord(_ word: StaticString) -> Bool {
        let text = Array("\(word)".utf8)
        guard bytes[position...].starts(with: text) else { return false }
        position += text.count
        return true
    }

    /// Reads an object, handing each member's name to `member` with the scanner at its value.
    mutating func object(_ member: (inout HeaderScanner, String) throws(SafetensorsError) -> Void) throws(SafetensorsError) {
        try expect("{")
        if accept("}") { return }
        repeat {
            skipSpace()
            let name = try string()
            try expect(":")
            skipSpace()
            try member(&self, name)
        } while accept(",")
        try expect("}")
    }

    /// Reads an array, calling `element` with the scanner at each element.
    mutating func array(_ element: (inout HeaderScanner) throws(SafetensorsError) -> Void) throws(SafetensorsError) {
        try expect("[")
        if accept("]") { return }
        repeat {
            skipSpace()
            try element(&self)
        } while accept(",")
        try expect("]")
    }

    /// Reads an unsigned integer: digits only, so neither `-0` nor `2.0` nor `1e3`.
    mutating func unsigned() throws(SafetensorsError) -> UInt64 {
        let start = position
        let text = try number()
        // UInt64 itself would read "-0".
        guard let value = UInt64(text), text.first != "-" else {
            position = start
            throw failure("'\(text.prefix(40))' is not an integer from 0 to \(UInt64.max)")
        }
        return value
    }

    /// Reads a number as text, by JSON's grammar.
    private mutating func number() throws(SafetensorsError) -> String {
        let start = position
        func isDigit(_ byte: UInt8?) -> Bool { byte.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false }
        if current == UInt8(ascii: "-") { position += 1 }
        guard isDigit(current) else { throw failure("a number is missing") }
        if current == UInt8(ascii: "0") {
            position += 1
            if isDigit(current) { throw failure("a number begins with 0") }
        }
        while isDigit(current) { position += 1 }
        if current == UInt8(ascii: ".") {
            position += 1
            guard isDigit(current) else { throw failure("a digit is missing after the decimal point") }
            while isDigit(current) { position += 1 }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            guard isDigit(current) else { throw failure("a digit is missing in the exponent") }
            while isDigit(current) { position += 1 }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// Passes over a value of any type, checking it on the way.
    ///
    /// - Parameter depth: How many containers the value lies in.
    mutating func skipValue(depth: Int) throws(SafetensorsError) {
        switch current {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard depth < HeaderScanner.depthLimit else { throw failure("nested deeper than \(HeaderScanner.depthLimit) levels") }
            if current == UInt8(ascii: "{") {
                try object { (scanner, _) throws(SafetensorsError) in try scanner.skipValue(depth: depth + 1) }
            } else {
                try array { (scanner) throws(SafetensorsError) in try scanner.skipValue(depth: depth + 1) }
            }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "n") where acceptWord("null"): break
        case UInt8(ascii: "t") where acceptWord("true"): break
        case UInt8(ascii: "f") where acceptWord("false"): break
        default:
            let text = try number()
            guard Double(text)?.isFinite == true else { throw failure("the number is out of range") }
        }
    }
}

extension HeaderScanner {
    /// Reads a string; the header is known to be valid UTF-8.
    mutating func string() throws(SafetensorsError) -> String {
        guard current == UInt8(ascii: "\"") else { throw failure("a string is missing") }
        position += 1
        var text: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                position += 1
                text += try escape().utf8
            case 0..<0x20: throw failure("a control character in a string")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw failure("a string does not end")
    }

    /// Reads what follows a backslash.
    private mutating func escape() throws(SafetensorsError) -> String {
        guard let byte = current else { throw failure("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw failure("an unknown escape in a string")
        }
        let first = try codeUnit()
        var units = [first]
        if UTF16.isLeadSurrogate(first) {
            guard current == UInt8(ascii: "\\") else { throw failure("half a surrogate pair in a string") }
            position += 1
            guard current == UInt8(ascii: "u") else { throw failure("half a surrogate pair in a string") }
            position += 1
            units.append(try codeUnit())
        }
        guard let text = String(validating: units, as: UTF16.self) else { throw failure("half a surrogate pair in a string") }
        return text
    }

    /// Reads four hexadecimal digits.
    private mutating func codeUnit() throws(SafetensorsError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure("four hexadecimal digits are missing after \\u")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
