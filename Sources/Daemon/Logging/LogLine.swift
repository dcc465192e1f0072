import Foundation
private import JSON
import Logging

/// How one message looks.
///
/// Whatever a client has sent may stand in a message: control characters are written as escapes, so that nobody forges a line or moves
/// a terminal's cursor.
enum LogLine {
    /// `2026-11-21T19:40:12.123Z notice: ready job=j3`.
    static func text(_ message: String, _ level: Logger.Level, _ fields: [(name: String, value: String)], at time: Date) -> String
    {
        let tail = fields.map { " \($0.name)=\(quoted($0.value))" }.joined()
        return "\(stamp(time)) \(level.rawValue): \(escaped(message))\(tail)"
    }

    /// One object: `time`, `level`, `message`, and the fields.
    static func json(_ message: String, _ level: Logger.Level, _ fields: [(name: String, value: String)], at time: Date) -> String
    {
        var object: JSONObject = [
            "time": .string(stamp(time)), "level": .string(level.rawValue), "message": .string(message),
        ]
        for field in fields { object[field.name] = .string(field.value) }
        return JSON.object(object).text()
    }

    /// A field's name as the journal takes it: `QKLENS_JOB`.
    static func journalName(_ name: String) -> String {
        "QKLENS_" + String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    private static func stamp(_ time: Date) -> String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// The value, in quotes if a reader could not tell where it ends.
    private static func quoted(_ value: String) -> String {
        let isPlain =
            !value.isEmpty && value.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 0x20 && $0 != "\"" && $0 != "=" }
        return isPlain ? value : "\"" + escaped(value).replacing("\"", with: "\\\"") + "\""
    }

    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Control and format characters: C0, C1, separators of lines, and what turns the direction of writing.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
