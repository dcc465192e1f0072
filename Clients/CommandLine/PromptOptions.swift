import ArgumentParser
import Presentation

/// Which model reads what.
struct PromptOptions: ParsableArguments {
    @Argument(help: "The text; - reads it from standard input.")
    var text: String?

    @Option(help: ArgumentHelp("The tokens instead of a text, as in 811,536.", valueName: "list"), transform: Numbers.list)
    var tokens: [Int]?

    @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name"))
    var model: String?

    @Flag(name: .customLong("prepend-bos"), inversion: .prefixedNo, help: "Put a BOS token in front, at position 0.")
    var prependBOS = true

    func validate() throws {
        guard (text == nil) != (tokens == nil) else { throw ValidationError("Give either a text or --tokens.") }
    }

    /// The text, from standard input where that is meant; its last newline is not part of it.
    func readText() -> String? {
        guard text == "-" else { return text }
        var lines: [String] = []
        while let line = readLine() { lines.append(line) }
        return lines.joined(separator: "\n")
    }
}

/// Numbers on a command line.
enum Numbers {
    /// The numbers of a list, as in `0,2,3`.
    static func list(_ text: String) throws -> [Int] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let number = Int(part) else { throw ValidationError("'\(text)' is not a list of numbers, as in 0,2,3.") }
            return number
        }
    }
}

/// Which part of a long list.
struct PagingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many entries at most.", valueName: "n"))
    var limit = 20

    @Option(help: ArgumentHelp("Where the page before this one ended.", valueName: "cursor"))
    var cursor: String?

    /// How to see what comes after this page.
    static func note(_ cursor: String?, _ style: Style) -> String {
        cursor.map { style.apply(.dim, to: "more: --cursor \($0)") + "\n" } ?? ""
    }
}
