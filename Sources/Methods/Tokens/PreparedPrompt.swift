import Tokenizer
import Checkpoints
import GPT2
import API
import Artifacts
import JSON

/// A prompt that has been checked: the model and its tokens.
struct PreparedPrompt: Sendable {
    let model: LoadedModel
    /// [T], BOS included where it was asked for.
    let tokens: [Int32]

    /// Resolves a call's text or tokens.
    ///
    /// - Parameters:
    ///   - params: The call's parameters.
    ///   - model: The model that reads them.
    /// - Throws: `text_empty`, `text_too_long`, `token_out_of_range`.
    init(_ params: some PromptParams, model: LoadedModel) throws {
        let d_vocab = model.gpt2.configuration.d_vocab, n_ctx = model.gpt2.configuration.n_ctx
        var tokens: [Int32] = []
        if params.prepend_bos {
            guard let bos = model.tokenizer.bos else {
                throw APIError(
                    .tokenizerUnreadable, "the vocabulary of '\(model.name)' has no BOS; pass prepend_bos: false",
                    facts: ["model": .string(model.name)])
            }
            tokens.append(bos)
        }
        switch (params.text, params.tokens) {
        case (let text?, nil): tokens += model.tokenizer.encode(text)
        case (nil, let given?):
            for (position, token) in given.enumerated() {
                guard (0..<d_vocab).contains(token) else {
                    throw APIError(
                        .tokenOutOfRange, "token \(token) at position \(position) is not in the vocabulary (0 to \(d_vocab - 1))",
                        facts: ["token": .integer(token), "position": .integer(position), "d_vocab": .integer(d_vocab)])
                }
                tokens.append(Int32(token))
            }
        case (nil, nil), (_?, _?):
            throw ParameterError("text", "give exactly one of 'text' and 'tokens'")
        }
        if tokens.isEmpty { throw APIError(.textEmpty, "the text has no tokens", facts: [:]) }
        if tokens.count > n_ctx {
            throw APIError(
                .textTooLong,
                "the text has \(tokens.count) tokens\(params.prepend_bos ? ", BOS included" : ""); "
                    + "'\(model.name)' reads at most \(n_ctx)",
                facts: ["tokens": .integer(tokens.count), "n_ctx": .integer(n_ctx)])
        }
        self.model = model
        self.tokens = tokens
    }

    /// The tokens as the wire has them.
    var tokenNumbers: [Int] { tokens.map(Int.init) }

    /// The tokens as people read them.
    var pieces: [String] { tokens.map(model.piece) }

    /// A position counted from the start.
    ///
    /// - Throws: `position_out_of_range`.
    func position(_ position: Int, name: String) throws -> Int {
        let absolute = position < 0 ? position + tokens.count : position
        guard tokens.indices.contains(absolute) else {
            throw APIError(
                .positionOutOfRange,
                "\(name) \(position) is out of range for a text of \(tokens.count) tokens (\(-tokens.count) to \(tokens.count - 1))",
                facts: ["position": .integer(position), "tokens": .integer(tokens.count)])
        }
        return absolute
    }
}

extension LoadedModel {
    /// A token as people read it; U+FFFD stands for bytes that are no character by themselves, and an id beyond the tokenizer's is empty.
    func piece(_ token: Int32) -> String { (try? tokenizer.piece(token)) ?? "" }

    /// - Throws: `layer_out_of_range`.
    func check(layer: Int) throws {
        let n_layers = gpt2.configuration.n_layers
        guard (0..<n_layers).contains(layer) else {
            throw APIError(
                .layerOutOfRange, "layer \(layer) is out of range for '\(name)' (n_layers = \(n_layers))",
                facts: ["layer": .integer(layer), "n_layers": .integer(n_layers)])
        }
    }

    /// - Throws: `head_out_of_range`.
    func check(head: Int) throws {
        let n_heads = gpt2.configuration.n_heads
        guard (0..<n_heads).contains(head) else {
            throw APIError(
                .headOutOfRange, "head \(head) is out of range for '\(name)' (n_heads = \(n_heads))",
                facts: ["head": .integer(head), "n_heads": .integer(n_heads)])
        }
    }

    /// The heads asked for, each once, or all.
    ///
    /// - Throws: `head_out_of_range`.
    func heads(_ asked: [Int]?) throws -> [Int] {
        guard let asked else { return Array(0..<gpt2.configuration.n_heads) }
        if Set(asked).count < asked.count { throw ParameterError("heads", "a head stands twice") }
        for head in asked { try check(head: head) }
        return asked
    }
}
