/// Texts that are JSON, or nearly.
enum JSONText {
    private static let numbers = [
        "0", "-0", "1", "-1", "7", "1.5", "-0.25", "1e3", "1E-2", "2.0", "1e308", "1e309", "1e-400", "5e-324", "0.1",
        "9007199254740993",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
        "123456789012345678901234567890",
        "01", "1.", ".5", "+1", "0x10", "NaN", "Infinity", "-", "1e", "3.4028235e38",
    ]
    private static let strings = [
        "a", "", "text", "layer", "\\n", "\\u0000", "\\ud83d\\ude00", "\\ud800", "\\/", "\\\"", "é", "e\u{301}", "\u{1F9E0}",
        "\u{FFFD}", "日本",
        "\\q", "\t", "\u{7F}", "{[", "]}", "\\\\",
    ]
    private static let spaces = ["", "", "", "", " ", "\n", "\t", "\r\n"]
    private static let names = ["jsonrpc", "method", "params", "id", "text", "layer", "a", "b", "\\u0061", "", "é", "e\u{301}"]

    /// A value, at most so deep.
    static func value(_ draws: inout Draws, depth: Int) -> String {
        switch draws.below(depth > 0 ? 9 : 6) {
        case 0: return draws.pick(["null", "true", "false", "nul", "True"][..<(draws.oneIn(8) ? 5 : 3)])
        case 1, 2: return draws.pick(numbers[..<(draws.oneIn(4) ? numbers.count : 16)])
        case 3, 4, 5: return string(&draws)
        case 6:
            let elements = (0..<draws.below(5)).map { _ in value(&draws, depth: depth - 1) }
            return "[" + elements.joined(separator: "," + draws.pick(spaces)) + "]"
        default: return object(&draws, depth: depth - 1)
        }
    }

    private static func string(_ draws: inout Draws) -> String {
        let parts = (0..<draws.below(4)).map { _ in draws.pick(strings[..<(draws.oneIn(4) ? strings.count : 7)]) }
        return "\"" + parts.joined() + "\""
    }

    private static func object(_ draws: inout Draws, depth: Int) -> String {
        let members = (0..<draws.below(5)).map { _ in
            "\"" + draws.pick(names) + "\"" + draws.pick(spaces) + ":" + draws.pick(spaces) + value(&draws, depth: depth)
        }
        return "{" + draws.pick(spaces) + members.joined(separator: "," + draws.pick(spaces)) + "}"
    }

    /// A request, a batch, or something else that a client might send.
    static func frame(_ draws: inout Draws) -> String {
        func request(_ draws: inout Draws) -> String {
            var members = ["\"jsonrpc\":" + (draws.oneIn(8) ? value(&draws, depth: 0) : "\"2.0\"")]
            if !draws.oneIn(8) {
                members.append("\"method\":" + (draws.oneIn(4) ? value(&draws, depth: 0) : "\"system.ping\""))
            }
            if !draws.oneIn(3) { members.append("\"params\":" + value(&draws, depth: 3)) }
            if !draws.oneIn(4) { members.append("\"id\":" + value(&draws, depth: draws.below(2))) }
            return "{" + members.joined(separator: ",") + "}"
        }
        switch draws.below(6) {
        case 0: return value(&draws, depth: 5)
        case 1: return "[" + (0..<draws.below(6)).map { _ in request(&draws) }.joined(separator: ",") + "]"
        default: return request(&draws)
        }
    }
}
