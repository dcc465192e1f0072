import API
import ArgumentParser
import Presentation

/// The models that the daemon holds.
struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Models: list, load, get, unload.", subcommands: [List.self, Load.self, Get.self, Unload.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the models.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try global.run(ModelsList.self, ModelsList.Params()) { result, style in
                var table = Table([
                    .words("model"), .numbers("layers"), .numbers("heads"), .numbers("d_model"), .numbers("n_ctx"),
                    .numbers("parameters"),
                    .numbers("memory"), .words("resident"), .words("from"),
                ])
                for model in result.models {
                    table.add([
                        Table.Cell(model.model, .bold), Table.Cell("\(model.n_layers)"), Table.Cell("\(model.n_heads)"),
                        Table.Cell("\(model.d_model)"), Table.Cell("\(model.n_ctx)"), Table.Cell(model.parameters.grouped),
                        Table.Cell(model.memory_bytes.bytes), Table.Cell(model.is_resident ? "yes" : "no"),
                        Table.Cell(model.is_embedded ? "embedded" : model.path),
                    ])
                }
                return table.text(style)
            }
        }
    }

    struct Load: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Load a GPT-2 model from a Hugging Face directory.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The directory with config.json, model.safetensors, vocab.json and merges.txt.", completion: .directory)
        var path: String
        @Option(help: ArgumentHelp("Its name from now on; the directory's if absent.", valueName: "name")) var name: String?

        func run() throws {
            try global.run(ModelsLoad.self, ModelsLoad.Params(path: Terminal.absolute(path), name: name)) { $0.sheet.text($1) }
        }
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Describe a model.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The model's name.") var model: String

        func run() throws { try global.run(ModelsGet.self, ModelsGet.Params(model: model)) { $0.sheet.text($1) } }
    }

    struct Unload: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give back a model's memory.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The model's name.") var model: String

        func run() throws {
            try global.run(ModelsUnload.self, ModelsUnload.Params(model: model)) { result, _ in
                "\(result.model) unloaded, \(result.freed_bytes.bytes) freed\n"
            }
        }
    }
}

extension ModelInfo {
    /// The model as facts.
    var sheet: FactSheet {
        var sheet = FactSheet()
        sheet.add("model", model)
        sheet.add("from", is_embedded ? "embedded" : path)
        sheet.add("resident", is_resident ? "yes, \(memory_bytes.bytes)" : "no")
        sheet.add("fingerprint", fingerprint)
        sheet.add("shape", "n_layers \(n_layers), n_heads \(n_heads), d_model \(d_model), d_head \(d_head), d_mlp \(d_mlp)")
        sheet.add("text", "d_vocab \(d_vocab.grouped), n_ctx \(n_ctx)")
        sheet.add("activation", activation_function)
        sheet.add("parameters", parameters.grouped)
        return sheet
    }
}
