import API
import ArgumentParser
import Client
import JSON
import Presentation
import Reports
import Tensors

extension Report {
    struct Circuit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The looks of one prompt and what made them: a trace that is kept, one made now, or a graph file.",
            discussion: """
                Examples: qklens report circuit t3 --prompt 2
                          qklens report circuit --text "When John and Mary met, John gave a key to" --look 1.3@END
                          qklens report circuit --text "When John and Mary met, John gave a key to" --features --answer " Mary"
                          qklens report circuit --graph graph.json
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "A trace that is kept, as in t3.") var trace: String?
        @Option(help: ArgumentHelp("Which of its prompts, from 0.", valueName: "n")) var prompt = 0
        @Option(
            help: ArgumentHelp("A graph file, as 'qklens traces export' writes it.", valueName: "file"),
            completion: .file(extensions: ["json"]))
        var graph: String?
        @Option(help: ArgumentHelp("A text to trace.", valueName: "text")) var text: String?
        @Option(help: ArgumentHelp("A task whose first prompt is traced.", valueName: "name")) var task: String?
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
        @Flag(help: "Trace features of sparse autoencoders to the embeddings instead of looks to heads.") var features = false
        @Option(name: .customLong("sae"), help: ArgumentHelp("One of the autoencoders; the newest if absent.", valueName: "name"))
        var saes: [String] = []
        @Option(help: ArgumentHelp("With --features: the token whose logit it begins with.", valueName: "token"))
        var answer: String?
        @Option(help: ArgumentHelp("With --features: the token whose logit is subtracted.", valueName: "token"))
        var wrong: String?
        @OptionGroup var begin: RootOptions
        @OptionGroup var tracing: TracingOptions
        @OptionGroup var page: PageOptions

        func validate() throws {
            guard [trace, graph, text, task].count(where: { $0 != nil }) == 1 else {
                throw ValidationError("Give a trace, --graph, --text or --task.")
            }
            guard features || (saes.isEmpty && answer == nil && wrong == nil) else {
                throw ValidationError("--sae, --answer and --wrong go with --features.")
            }
            guard !features || (text != nil && begin.roots == nil) else {
                throw ValidationError("--features goes with --text, and begins with --answer.")
            }
        }

        func run() throws {
            if let trace {
                return try page.write(global, name: "circuit-\(trace)-\(prompt)") {
                    try $0.circuit(ofTrace: trace, prompt: prompt)
                }
            }
            if let graph {
                let held = try Self.read(graph), name = graph.split(separator: "/").last.map(String.init) ?? graph
                return try page.write(global, name: "circuit") { try $0.circuit(held, named: name) }
            }
            if features { return try page.write(global, name: "circuit") { try $0.circuit(ofFeatures: featureParams) } }
            let params = try params
            try page.write(global, name: "circuit") { try $0.circuit(running: params) }
        }

        /// What `traces.run` takes, without what has its default.
        private var params: JSONObject {
            get throws {
                var params: JSONObject = [:]
                params["text"] = text.map { .string($0) }
                params["task"] = task.map { .string(TaskOptions.name($0)) }
                params["model"] = model.map { .string($0) }
                if let roots = begin.roots { params["roots"] = try JSON(encoding: roots) }
                let options = tracing.options
                if options != TraceOptions() { params["options"] = try JSON(encoding: options) }
                return params
            }
        }

        /// What `saes.trace` takes.
        private var featureParams: JSONObject {
            var params: JSONObject = [:]
            params["text"] = text.map { .string($0) }
            params["model"] = model.map { .string($0) }
            if !saes.isEmpty { params["saes"] = .array(saes.map { .string($0) }) }
            params["answer"] = answer.map { .string($0) }
            params["wrong"] = wrong.map { .string($0) }
            return params
        }

        /// A graph file's JSON.
        private static func read(_ path: String) throws -> JSON {
            do {
                let file = try ReadableFile(path)
                return try JSON(parsing: try file.bytes(file.size, at: 0))
            } catch let error as FileError {
                throw CommandFailure(message: "\(error)", status: .refused)
            } catch let error as JSONError {
                throw CommandFailure(message: "\(path) is not JSON: \(error.reason), at byte \(error.offset)", status: .refused)
            }
        }
    }
}
