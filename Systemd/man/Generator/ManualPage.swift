/// A manual page in the mdoc language, built from top to bottom.
///
/// *Source:* mdoc(7).
struct ManualPage {
    private(set) var text = ""

    /// Text lines are kept within this many bytes, so that the source can be read too.
    private static let width = 78

    /// A page with its head.
    ///
    /// - Parameters:
    ///   - name: As in `qklens`.
    ///   - section: The manual's section.
    ///   - purpose: What stands behind the name, without a full stop.
    ///   - date: As in `November 21, 2026`.
    init(_ name: String, section: Int, purpose: String, date: String) {
        text = ".\\\" Generated from the programs' own definitions; see Systemd/man.\n"
        line(".Dd \(date)")
        line(".Dt \(name.uppercased()) \(section)")
        line(".Os")
        heading("NAME")
        line(".Nm \(Self.argument(name))")
        line(".Nd \(Self.argument(purpose))")
    }

    /// A line of mdoc as it is.
    mutating func line(_ line: String) { text += line + "\n" }

    /// A section.
    mutating func heading(_ title: String) { line(".Sh \(Self.argument(title))") }

    /// A part of a section.
    mutating func subheading(_ title: String) { line(".Ss \(Self.argument(title))") }

    /// Paragraphs of plain text, a blank line between two; one that begins with `Example:` or `Examples:` is shown line by line.
    mutating func paragraphs(_ plain: String, isFirst: Bool = true) {
        for (index, paragraph) in plain.split(separator: "\n\n").enumerated() {
            if index > 0 || !isFirst { line(".Pp") }
            let parts = paragraph.split(separator: ":", maxSplits: 1)
            if parts.count == 2, ["Example", "Examples"].contains(parts[0]) {
                line("\(parts[0]):")
                literal(parts[1].split(separator: "\n").map { $0.drop(while: \.isWhitespace) }.joined(separator: "\n"))
            } else {
                sentences(String(paragraph))
            }
        }
    }

    /// A list of terms and what they mean; nothing if there are none.
    mutating func definitions(_ entries: [(term: String, meaning: String)]) {
        if entries.isEmpty { return }
        line(".Bl -tag -width Ds")
        for entry in entries {
            line(".It \(entry.term)")
            sentences(entry.meaning)
        }
        line(".El")
    }

    /// Lines shown as they are.
    mutating func literal(_ lines: String) {
        line(".Bd -literal -offset indent")
        for one in lines.split(separator: "\n", omittingEmptySubsequences: false) { line(Self.protected(String(one))) }
        line(".Ed")
    }

    /// Each sentence begins on a line of its own, as mdoc wants it.
    private mutating func sentences(_ plain: String) {
        var current = ""
        for word in plain.split(whereSeparator: \.isWhitespace).map(String.init) {
            let endsSentence = [".", "?", "!"].contains { current.hasSuffix($0) }
            if !current.isEmpty, endsSentence || Self.width(of: current) + 1 + Self.width(of: word) > Self.width {
                line(Self.protected(current))
                current = ""
            }
            current += (current.isEmpty ? "" : " ") + word
        }
        if !current.isEmpty { line(Self.protected(current)) }
    }

    /// The columns of a text in the source, where a character beyond ASCII is written as an escape such as `\\[u03BB]`.
    private static func width(of plain: String) -> Int {
        let escape = 8
        return plain.unicodeScalars.reduce(0) { $0 + ($1.isASCII ? 1 : escape) }
    }

    /// A text line that no formatter takes for a request.
    static func protected(_ plain: String) -> String {
        let escaped = plain.map { $0 == "\\" ? "\\e" : String($0) }.joined()
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }

    /// Words behind a macro, none of which is taken for a macro itself.
    static func argument(_ plain: String) -> String {
        plain.split(separator: " ").map { word in
            let escaped = word.map { $0 == "\\" ? "\\e" : $0 == "\"" ? "\\(dq" : String($0) }.joined()
            // Macros are two or three letters, the first a capital.
            let mayBeMacro = word.count <= 3 && word.first?.isUppercase == true || word.allSatisfy(\.isPunctuation)
            return mayBeMacro ? "\\&" + escaped : escaped
        }.joined(separator: " ")
    }
}
