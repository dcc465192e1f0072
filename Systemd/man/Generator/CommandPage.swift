import JSON

// The pages of the programs, from what swift-argument-parser says of them (`--experimental-dump-help`).

/// A program or one of its commands.
struct CommandDescription: Decodable {
    let commandName: String
    let abstract: String?
    let discussion: String?
    let shouldDisplay: Bool
    let subcommands: [CommandDescription]?
    let arguments: [ArgumentDescription]?

    /// The whole dump.
    struct Dump: Decodable {
        let command: CommandDescription
    }

    /// Reads a dump.
    init(dump: String) throws { self = try JSON(parsing: Array(dump.utf8)).decode(Dump.self).command }

    /// The options and arguments that people are shown.
    var shown: [ArgumentDescription] { (arguments ?? []).filter(\.shouldDisplay) }

    /// The commands without commands below them, each with the words that call it.
    func leaves(below words: [String] = []) -> [(words: [String], command: CommandDescription)] {
        let below = (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
        if below.isEmpty { return words.isEmpty ? [] : [(words, self)] }
        return below.flatMap { $0.leaves(below: words + [$0.commandName]) }
    }
}

/// An option, a flag or an argument.
struct ArgumentDescription: Decodable, Equatable {
    struct Name: Decodable, Equatable {
        let kind: String
        let name: String

        /// As mdoc's `Fl` wants it: the macro itself brings one hyphen.
        var flag: String { (kind == "long" ? "-" : "") + name }
    }

    let kind: String
    let names: [Name]?
    let valueName: String?
    let abstract: String?
    let discussion: String?
    let defaultValue: String?
    let allValues: [String]?
    let isOptional: Bool
    let isRepeating: Bool
    let shouldDisplay: Bool

    private var value: String { ManualPage.argument(valueName ?? "value") }

    /// How it stands in a synopsis.
    var synopsis: String {
        let word = kind == "positional" ? "Ar \(value)" : flags.prefix(1).joined() + (kind == "option" ? " Ar \(value)" : "")
        return (isOptional ? "Op " : "") + word + (isRepeating ? " ..." : "")
    }

    /// How it stands in a list.
    var term: String {
        if kind == "positional" { return "Ar \(value)" }
        return flags.joined(separator: " , ") + (kind == "option" ? " Ar \(value)" : "")
    }

    /// What it does, which values it takes, what it is otherwise.
    var meaning: String {
        var text = [abstract, discussion].compactMap { $0 }.joined(separator: " ")
        if let allValues, !allValues.isEmpty { text += " One of \(allValues.joined(separator: ", "))." }
        if kind != "flag", let defaultValue { text += " The default is \(defaultValue)." }
        return text
    }

    private var flags: [String] { (names ?? []).map { "Fl \($0.flag)" } }
}

extension ManualPage {
    /// The page of a program.
    ///
    /// - Parameters:
    ///   - program: What it says of itself.
    ///   - section: The manual's section.
    ///   - closing: The page's last sections, in mdoc.
    ///   - date: Of the page.
    init(_ program: CommandDescription, section: Int, closing: String, date: String) {
        let abstract = program.abstract ?? ""
        let purpose = abstract.prefix(1).lowercased() + abstract.dropFirst().trimmingSuffix(".")
        self.init(program.commandName, section: section, purpose: purpose, date: date)
        let leaves = program.leaves()
        heading("SYNOPSIS")
        line(".Nm")
        if leaves.isEmpty { for argument in program.shown { line(".\(argument.synopsis)") } } else { line(".Ar command") }
        if !leaves.isEmpty { line(".Op Ar options") }

        heading("DESCRIPTION")
        let (status, examples) = ("Exit status: ", "\n.Sh EXAMPLES")
        let told = (program.discussion ?? "").split(separator: "\n\n").map(String.init)
        let description = told.filter { !$0.hasPrefix(status) }
        paragraphs(description.isEmpty ? abstract : description.joined(separator: "\n\n"))

        let common =
            leaves.isEmpty
            ? program.shown : program.shown + Self.common(leaves.map(\.command)).filter { !program.shown.contains($0) }
        heading("OPTIONS")
        if !leaves.isEmpty { paragraphs("Every command takes these.") }
        definitions(Self.entries(common))

        if !leaves.isEmpty { heading("COMMANDS") }
        for (words, command) in leaves {
            subheading(([program.commandName] + words).joined(separator: " "))
            let own = command.shown.filter { !common.contains($0) }
            let needed = own.filter { !$0.isOptional || $0.kind == "positional" }
            line(".Nm Cm \(Self.argument(words.joined(separator: " ")))")
            for argument in needed { line(".\(argument.synopsis)") }
            if own.count > needed.count { line(".Op Ar options") }
            paragraphs([command.abstract, command.discussion].compactMap { $0 }.joined(separator: "\n\n"), isFirst: false)
            definitions(Self.entries(own))
        }
        // Sections have an order that readers know: the exit status stands before the examples.
        let parts = closing.split(separator: examples, maxSplits: 1, omittingEmptySubsequences: false)
        line(parts[0].trimmingSuffix("\n"))
        for paragraph in told where paragraph.hasPrefix(status) { describeStatus(paragraph.dropFirst(status.count)) }
        if parts.count > 1 { line(examples.dropFirst() + parts[1].trimmingSuffix("\n")) }
    }

    /// The exit status, from a sentence such as `0 ok, 1 the daemon answered with an error`.
    private mutating func describeStatus(_ sentence: Substring) {
        heading("EXIT STATUS")
        definitions(
            sentence.trimmingSuffix(".").split(separator: ", ").map { entry in
                let parts = entry.split(separator: " ", maxSplits: 1)
                return (String(parts[0]), parts.dropFirst().joined().capitalisedSentence)
            })
    }

    /// Options and what they do; flags that say the same, such as one and its opposite, stand together.
    private static func entries(_ arguments: [ArgumentDescription]) -> [(term: String, meaning: String)] {
        var entries: [(term: String, meaning: String)] = []
        for argument in arguments {
            if argument.kind == "flag", let last = entries.last, last.meaning == argument.meaning {
                entries[entries.count - 1].term += " , " + argument.term
            } else {
                entries.append((argument.term, argument.meaning))
            }
        }
        return entries
    }

    /// What all commands take.
    private static func common(_ commands: [CommandDescription]) -> [ArgumentDescription] {
        (commands.first?.shown ?? []).filter { argument in commands.allSatisfy { $0.shown.contains(argument) } }
    }
}

extension StringProtocol {
    /// Without a suffix, if it has it.
    func trimmingSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : String(self) }

    /// With a capital at its head and a full stop at its end.
    var capitalisedSentence: String { prefix(1).uppercased() + dropFirst() + "." }
}
