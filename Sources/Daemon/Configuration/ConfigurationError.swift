/// Where a setting's value comes from.
public enum SettingOrigin: Sendable, Hashable, CustomStringConvertible {
    case flag(String)
    case variable(String)
    case file(path: String, line: Int)
    case usual

    /// As the printed configuration names it.
    public var description: String {
        switch self {
        case .flag(let flag): "--\(flag)"
        case .variable(let name): "$\(name)"
        case .file(let path, let line): "\(path):\(line)"
        case .usual: "default"
        }
    }
}

/// Why the daemon cannot be configured as it was told.
public enum ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// A value that the setting does not take.
    case wrongValue(Setting, value: String, origin: SettingOrigin)
    /// A key that no setting has.
    case unknownKey(String, origin: SettingOrigin, nearest: String?)
    /// A key that stands twice in one file.
    case repeatedKey(Setting, first: SettingOrigin, second: SettingOrigin)
    /// A line that is neither a comment nor `key = value`.
    case notAnAssignment(origin: SettingOrigin)
    /// A setting that stands where it would be every daemon's and can only be one's.
    case notForAll(Setting, origin: SettingOrigin)
    /// What a setting names is not there.
    case absent(Setting, value: String, reason: String, origin: SettingOrigin)
    /// The file cannot be read.
    case unreadableFile(path: String, reason: String)
    /// A core type that OpenBLAS does not have or the processor cannot run.
    case coreType(String, origin: SettingOrigin)
    /// Nothing says where something is.
    case missing(String)

    /// One sentence: which value, where it stands, and what would be right.
    public var description: String {
        switch self {
        case .wrongValue(let setting, let value, let origin):
            "\(setting.key) is '\(value.visible)' (\(origin)); it takes \(setting.kind.expected)"
        case .unknownKey(let key, let origin, let nearest):
            "there is no setting '\(key.visible)' (\(origin))"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "; see qklensd.conf(5)")
        case .repeatedKey(let setting, let first, let second): "\(setting.key) is set twice (\(first), \(second))"
        case .notAnAssignment(let origin): "\(origin) is neither a comment nor 'key = value'"
        case .notForAll(let setting, let origin):
            "\(setting.key) stands in the file that every daemon of the machine reads (\(origin)), and two cannot share one; set it in a "
                + "user's own file, or for the machine's daemon with 'systemctl edit qklensd'"
        case .absent(let setting, let value, let reason, let origin):
            "\(setting.key) is '\(value.visible)' (\(origin)), but \(reason)"
        case .unreadableFile(let path, let reason): "the configuration file \(path) cannot be read: \(reason)"
        case .coreType(let name, let origin):
            "core_type is '\(name.visible)' (\(origin)); OpenBLAS has no such kernels, or this processor lacks their instructions"
        case .missing(let sentence): sentence
        }
    }
}

extension String {
    /// The text with control characters as escapes, so that a message shows what is there and does nothing to a terminal.
    fileprivate var visible: String {
        unicodeScalars.map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0) }.joined()
    }
}
