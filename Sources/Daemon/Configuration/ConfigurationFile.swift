// `key = value`, one per line; blank lines and lines that begin with `#` are comments. A value runs to the end of its line and loses
// the blanks around it; there are no quotes and no escapes.

private import API
private import Foundation

/// The settings that stand in a file.
struct ConfigurationFile {
    /// What each setting is and on which line it stands.
    let values: [Setting: (value: String, line: Int)]

    /// Reads a file.
    ///
    /// - Throws: ``ConfigurationError``, with the line, for whatever is not a setting.
    init(path: String) throws {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ConfigurationError.unreadableFile(path: path, reason: error.localizedDescription)
        }
        values = try Self.values(of: text, path: path)
    }

    private static func values(of text: String, path: String) throws(ConfigurationError) -> [Setting: (value: String, line: Int)]
    {
        var values: [Setting: (value: String, line: Int)] = [:]
        // A file may come from a system whose lines end in CR and LF.
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            let origin = SettingOrigin.file(path: path, line: index + 1)
            guard let equals = line.firstIndex(of: "=") else { throw .notAnAssignment(origin: origin) }
            let key = line[..<equals].trimmingCharacters(in: .whitespaces)
            guard let setting = Setting(rawValue: key) else {
                throw .unknownKey(key, origin: origin, nearest: key.nearest(in: Setting.allCases.map(\.key)))
            }
            if setting.isEachDaemonsOwn, path == Configuration.machineFile { throw .notForAll(setting, origin: origin) }
            if let earlier = values[setting] {
                throw .repeatedKey(setting, first: .file(path: path, line: earlier.line), second: origin)
            }
            values[setting] = (line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces), index + 1)
        }
        return values
    }
}
