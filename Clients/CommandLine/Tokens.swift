import API
import ArgumentParser
import Presentation

/// Texts and their tokens.
struct Tokens: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tokens: encode, decode, predict.", subcommands: [Encode.self, Decode.self, Predict.self])

    struct Encode: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Split a text into tokens, with their positions.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The text.") var text: String
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?
        @Flag(name: .customLong("prepend-bos"), inversion: .prefixedNo, help: "Put a BOS token in front, at position 0.")
        var prependBOS = true
        @Flag(help: "Read <|endoftext|> as that token.") var allowSpecial = false

        func run() throws {
            let params = TokensEncode.Params(model: model, text: text, prepend_bos: prependBOS, allow_special: allowSpecial)
            try global.run(TokensEncode.self, params) { result, style in
                var table = Table([.numbers("position"), .numbers("token"), .words("piece")])
                for (position, (token, piece)) in zip(result.tokens, result.pieces).enumerated() {
                    table.add([Table.Cell("\(position)", .dim), Table.Cell("\(token)"), Table.Cell(piece.visiblePiece)])
                }
                return table.text(style)
            }
        }
    }

    struct Decode: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Join tokens to a text.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The tokens.") var tokens: [Int]
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?

        func run() throws {
            try global.run(TokensDecode.self, TokensDecode.Params(model: model, tokens: tokens)) { result, _ in result.text + "\n"
            }
        }
    }

    struct Predict: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what the model expects next.")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var prompt: PromptOptions
        @Option(help: ArgumentHelp("How many predictions.", valueName: "n")) var topK = 10
        @Option(parsing: .unconditional, help: ArgumentHelp("After which position; -1 is the last.", valueName: "position"))
        var position = -1

        func run() throws {
            let params = TokensPredict.Params(
                model: prompt.model, text: prompt.readText(), tokens: prompt.tokens, prepend_bos: prompt.prependBOS, top_k: topK,
                position: position)
            try global.run(TokensPredict.self, params) { result, style in
                var table = Table([
                    .words("after \(result.pieces[result.position].visiblePiece)"), .numbers("probability"), .numbers("logit"),
                ])
                for prediction in result.predictions {
                    table.add([
                        Table.Cell(prediction.piece.visiblePiece, .bold), Table.Cell(prediction.probability.percent()),
                        Table.Cell(prediction.logit.fixed(2)),
                    ])
                }
                return table.text(style)
            }
        }
    }
}
