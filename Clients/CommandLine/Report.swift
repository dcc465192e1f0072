import API
public import ArgumentParser
import Client
import JSON
import Presentation
public import Reports
import Tensors

/// Pages to look at.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a page to look at: attention, features, pairs, training, circuit.",
        discussion: """
            One HTML file that needs nothing else, neither a network nor the daemon: open it in a browser.

            Examples: qklens report attention "When John and Mary went to the store, John gave a drink to" --map m1
                      qklens report features m1
                      qklens report pairs m1 226:240
                      qklens report training d1 d2
                      qklens report circuit --text "When John and Mary met, John gave a key to" --look 1.3@END
            """,
        subcommands: [Attention.self, Features.self, Pairs.self, Training.self, Circuit.self])

    struct Attention: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "All heads of a prompt, what maps make of their patterns, and why the strongest looks are there.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var prompt: PromptOptions
        @Option(name: [.long, .customShort("L")], help: ArgumentHelp("The layers; all if absent.", valueName: "list"))
        var layers: IntegerList?
        @Option(help: ArgumentHelp("A map of a layer; may be given several times.", valueName: "map")) var map: [String] = []
        @Option(help: ArgumentHelp("A dictionary without a map.", valueName: "dictionary")) var dictionary: String?
        @Option(help: ArgumentHelp("How many looks are explained.", valueName: "n")) var looks = 300
        @OptionGroup var page: PageOptions

        func run() throws {
            let question = AttentionQuestion(
                text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS ? nil : false,
                model: prompt.model, layers: layers?.values, maps: map, dictionary: dictionary, looks: looks)
            try page.write(global, name: "attention") { try $0.attention(question) }
        }
    }

    struct Features: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The strongest features of a map, or some: where they fire, with whom, and their pairs.",
            discussion: "Features are named as in q226 and k301. 'qklens examples collect' first finds the places.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String
        @Argument(help: "The features, as in q226; the strongest of the map if absent.") var features: [FeatureName] = []
        @OptionGroup var size: SizeOptions
        @OptionGroup var page: PageOptions

        func run() throws {
            try page.write(global, name: "features-\(map)") {
                try $0.features(map, features.isEmpty ? nil : features, size: size.size)
            }
        }
    }

    struct Pairs: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The strongest pairs of a map, or some: where they act, in which heads, and what removing them does.",
            discussion: "'qklens examples collect' first finds the places.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The map, as in m1.") var map: String
        @Argument(help: "The pairs, query and key feature as in 226:240; the strongest of the map if absent.")
        var pairs: [PairName] = []
        @OptionGroup var size: SizeOptions
        @OptionGroup var page: PageOptions

        func run() throws {
            try page.write(global, name: "pairs-\(map)") { try $0.pairs(map, pairs.isEmpty ? nil : pairs, size: size.size) }
        }
    }

    struct Training: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The training of a dictionary, or of two side by side.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "One dictionary, or two.") var dictionaries: [String]
        @Option(help: ArgumentHelp("How many steps of a longer training are drawn.", valueName: "n")) var points = 400
        @OptionGroup var page: PageOptions

        func run() throws {
            try page.write(global, name: "training-\(dictionaries.joined(separator: "-"))") {
                try $0.training(dictionaries, points: points)
            }
        }
    }
}

/// How much a dashboard shows.
struct SizeOptions: ParsableArguments {
    @Option(name: .customLong("features"), help: ArgumentHelp("How many features.", valueName: "n")) var features = 100
    @Option(name: .customLong("pairs"), help: ArgumentHelp("How many pairs.", valueName: "n")) var pairs = 300
    @Option(help: ArgumentHelp("How many pairs are removed from the running model.", valueName: "n")) var removals = 12

    /// As the gatherers take it.
    var size: DashboardSize { DashboardSize(features: features, pairs: pairs, removals: removals) }

    func validate() throws {
        guard features >= 0, pairs >= 0, removals >= 0 else { throw ValidationError("None of the counts can be negative.") }
    }
}

extension FeatureName: ExpressibleByArgument {
    /// A side's letter and a number, as in q226.
    public init?(argument: String) {
        guard let letter = argument.first, let feature = Int(argument.dropFirst()), feature >= 0 else { return nil }
        switch letter {
        case "q": self.init(.query, feature)
        case "k": self.init(.key, feature)
        default: return nil
        }
    }
}

extension PairName: ExpressibleByArgument {
    /// Two numbers, as in 226:240.
    public init?(argument: String) {
        let ends = argument.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count == 2, let query = ends[0], let key = ends[1], query >= 0, key >= 0 else { return nil }
        self.init(query, key)
    }
}

/// Where a page goes.
struct PageOptions: ParsableArguments {
    @Option(
        name: [.long, .customShort("o")],
        help: ArgumentHelp(
            "The file; - for standard output. If absent, one in this directory whose name is said.", valueName: "file.html"),
        completion: .file(extensions: ["html"]))
    var output: String?
    @Flag(help: "Replace the file if it is there.") var force = false

    /// Gathers a report and writes its page, or prints its document if that is asked for.
    func write(_ global: GlobalOptions, name: String, _ gather: (Gatherer) throws -> Reports.Report) throws {
        let session = try global.connect(), progress = GatheringLine()
        let gatherer = Gatherer(session.client, now: Terminal.now) { progress.show($0, $1, of: $2) }
        do {
            if session.printsJSON {
                let document = try gather(gatherer).document
                progress.clear()
                return Session.show(document)
            }
            guard output != "-" else {
                let html = try gather(gatherer).html
                progress.clear()
                return Terminal.write(String(decoding: html, as: UTF8.self))
            }
            let path = output ?? "\(name).html"
            // Before the work, so that a name that cannot be had costs nothing.
            var file = try ReplacementFile(.own(path), replacing: force)
            let html = try gather(gatherer).html
            progress.clear()
            try file.append(html)
            try file.commit()
            Terminal.write("\(path) (\(html.count.bytes))\n")
        } catch let error as FileError {
            progress.clear()
            let advice = error.isTaken ? "; --force replaces it, --output names another" : ""
            throw CommandFailure(message: "\(error)\(advice)", status: .refused)
        } catch let error as ReportRefusal {
            progress.clear()
            throw CommandFailure(message: error.description, status: .refused)
        }
    }
}

/// How far a report's calls are, on standard error, if that takes long enough for anybody to wonder.
final class GatheringLine {
    private let start = ContinuousClock.now
    private var shown = ContinuousClock.now
    private var isShown = false

    /// When the line appears, and how often it changes.
    private static let patience = Duration.milliseconds(700), interval = Duration.milliseconds(100)

    /// Shows how many of a method's calls have been answered.
    func show(_ method: String, _ done: Int, of count: Int) {
        let now = ContinuousClock.now
        guard Terminal.hasErrors, now - start > Self.patience, now - shown > Self.interval else { return }
        (shown, isShown) = (now, true)
        Terminal.writeError("\r\u{1B}[K\(method) \(done)/\(count)")
    }

    /// Takes the line away.
    func clear() {
        if isShown { Terminal.writeError("\r\u{1B}[K") }
        isShown = false
    }
}
