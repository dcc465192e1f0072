extension JSON {
    /// The value as compact JSON text on one line.
    ///
    /// Floats get the shortest digits that round-trip them (nine at most), doubles theirs (seventeen at most), and what is not
    /// finite becomes `null`, since JSON has no word for it. Jansson's writer knows one precision per document only, which is why
    /// this one is ours.
    public func text() -> String { String(decoding: bytes(), as: UTF8.self) }

    /// The value as compact JSON text in UTF-8, without a final newline.
    public func bytes() -> [UInt8] {
        var out: [UInt8] = []
        write(to: &out)
        return out
    }

    /// Appends the value as compact JSON text.
    public func write(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): out.append(contentsOf: value.description.utf8)
        case .real(let value): out.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
        case .float(let value): out.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
        case .string(let value): JSON.quote(value, to: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                element.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let object):
            out.append(UInt8(ascii: "{"))
            for (index, member) in object.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSON.quote(member.key, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// The value on several lines, two spaces a level, for people.
    ///
    /// Arrays and objects that hold no other array or object stay on one line.
    public func prettyText(indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .array(let elements) where elements.contains(where: \.isContainer):
            return "[\n" + elements.map { inner + $0.prettyText(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let object) where object.contains(where: { $0.value.isContainer }) || indent.isEmpty && !object.isEmpty:
            let lines = object.map { "\(inner)\(JSON.string($0.key).text()): \($0.value.prettyText(indent: inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        case .null, .bool, .integer, .real, .float, .string, .array, .object: return text()
        }
    }

    private var isContainer: Bool {
        switch self {
        case .array(let elements): !elements.isEmpty
        case .object(let object): !object.isEmpty
        case .null, .bool, .integer, .real, .float, .string: false
        }
    }

    /// Appends a string literal: quotes, backslashes and control characters escaped, everything else as it is.
    private static func quote(_ string: String, to out: inout [UInt8]) {
        let hex: StaticString = "0123456789abcdef"
        out.append(UInt8(ascii: "\""))
        defer { out.append(UInt8(ascii: "\"")) }
        // Nearly every string is a name that stands as it is.
        guard string.utf8.contains(where: JSON.isEscaped) else { return out.append(contentsOf: string.utf8) }
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\"")])
            case UInt8(ascii: "\\"): out.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\\")])
            case UInt8(ascii: "\n"): out.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
            case UInt8(ascii: "\r"): out.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
            case UInt8(ascii: "\t"): out.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
            case 0..<0x20, 0x7F:
                out.append(contentsOf: "\\u00".utf8)
                unsafe out.append(hex.utf8Start[Int(byte >> 4)])
                unsafe out.append(hex.utf8Start[Int(byte & 15)])
            default: out.append(byte)
            }
        }
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}
