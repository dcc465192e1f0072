/// How words are set off on a terminal; plain where there is none or NO_COLOR is set.
public struct Style: Sendable {
    /// A way to set a word off.
    public enum Emphasis: Sendable {
        case bold, dim, query, key, good, bad
        /// A ground of one of the 256 colours.
        case ground(UInt8)

        /// The parameters of the sequence SGR.
        ///
        /// *Source:* ECMA-48, 8.3.117.
        var code: String {
            switch self {
            case .bold: "1"
            case .dim: "2"
            case .query: "1;35"
            case .key: "1;36"
            case .good: "32"
            case .bad: "31"
            case .ground(let color): "48;5;\(color)"
            }
        }
    }

    /// Whether anything is set off at all.
    public let isColored: Bool

    /// Whether there are 256 colours, enough for shades.
    public let hasShades: Bool

    /// A style.
    public init(isColored: Bool, hasShades: Bool = false) {
        self.isColored = isColored
        self.hasShades = isColored && hasShades
    }

    /// No escape sequences.
    public static let plain = Style(isColored: false)

    /// What standard output wants: no colours on a pipe, on a dumb terminal, or if NO_COLOR is not empty.
    ///
    /// *Source:* https://no-color.org
    public static var ofOutput: Style {
        let terminal = Terminal.variable("TERM") ?? ""
        return Style(
            isColored: Terminal.hasOutput && (Terminal.variable("NO_COLOR") ?? "").isEmpty && terminal != "dumb",
            // What is not known to have 256 colours gets characters as shades.
            hasShades: terminal.contains("256color") || !(Terminal.variable("COLORTERM") ?? "").isEmpty
                || ["xterm", "tmux", "screen", "alacritty", "foot"].contains { terminal.hasPrefix($0) })
    }

    /// The text, set off.
    public func apply(_ emphasis: Emphasis?, to text: String) -> String {
        guard isColored, let emphasis, !text.isEmpty else { return text }
        return "\u{1B}[\(emphasis.code)m\(text)\u{1B}[0m"
    }
}
