import JSON
public import API
private import Checkpoints
public import GPT2
public import Tensors
public import Tokenizer

/// A model with its tokenizer, loaded and named.
public final class LoadedModel: Sendable {
    /// The name that calls use.
    public let name: String
    /// The directory it was read from.
    public let directory: GuardedPath
    /// The directory's path as it was given.
    public var path: String { directory.path }
    /// Whether it is the model that comes with the program.
    public let isEmbedded: Bool
    /// The weights.
    public let gpt2: GPT2Model
    /// The tokenizer.
    public let tokenizer: Tokenizer
    /// What dictionaries remember of the model.
    public let fingerprint: String

    /// Reads a Hugging Face directory.
    ///
    /// - Throws: `path_refused`, `model_unreadable`, `model_unsupported` or `tokenizer_unreadable`, each with the reason in words.
    public init(name: String, directory: GuardedPath, isEmbedded: Bool) throws(APIError) {
        (self.name, self.directory, self.isEmbedded) = (name, directory, isEmbedded)
        let path = directory.path
        try Self.check(directory)
        do throws(GPT2LoadError) {
            gpt2 = try GPT2Model(directory: directory)
        } catch {
            throw APIError(
                error.isTooLarge ? .outOfMemory : error.isUnsupported ? .modelUnsupported : .modelUnreadable, error.description,
                facts: ["path": .string(path)])
        }
        do throws(TokenizerError) {
            tokenizer = try Tokenizer(directory: directory)
        } catch {
            // What is wrong within a file is told without its folder.
            let reason = error.description
            throw APIError(
                .tokenizerUnreadable, reason.contains(path) ? reason : "\(path): \(reason)", facts: ["path": .string(path)])
        }
        let d_vocab = gpt2.configuration.d_vocab
        if tokenizer.d_vocab > d_vocab {
            throw APIError(
                .tokenizerUnreadable, "the tokenizer in \(path) has \(tokenizer.d_vocab) tokens, but the model only \(d_vocab)",
                facts: ["path": .string(path), "tokens": .integer(tokenizer.d_vocab), "d_vocab": .integer(d_vocab)])
        }
        fingerprint = gpt2.fingerprint()
    }

    /// Says of a file that leads where it may not that its path is wrong, rather than that it cannot be read.
    ///
    /// - Throws: `path_refused`.
    public static func check(_ directory: GuardedPath) throws(APIError) {
        for name in ["config.json", "model.safetensors", "tokenizer.json", "vocab.json", "merges.txt"] {
            do throws(FileError) {
                _ = try ReadableFile(directory.appending(name))
            } catch {
                if let refusal = APIError.refusal(directory, error) { throw refusal }
            }
        }
    }

    /// The model as the wire shows it.
    public var info: ModelInfo {
        let c = gpt2.configuration
        return ModelInfo(
            model: name, path: path, is_embedded: isEmbedded, is_resident: true, fingerprint: fingerprint, n_layers: c.n_layers,
            n_heads: c.n_heads, d_model: c.d_model, d_head: c.d_head, d_mlp: c.d_mlp, d_vocab: c.d_vocab, n_ctx: c.n_ctx,
            activation_function: c.activation.rawValue, parameters: gpt2.parameterCount,
            memory_bytes: gpt2.parameterCount * MemoryLayout<Float>.stride)
    }
}

extension GPT2LoadError {
    /// Whether the machine has not the memory for it.
    fileprivate var isTooLarge: Bool {
        if case .checkpoint(let error) = self, case .tooLarge = error.reason { true } else { false }
    }

    /// Whether the files are sound and the model is one that is not run here.
    fileprivate var isUnsupported: Bool {
        switch self {
        case .configuration(let error): error.isUnsupported
        case .sharded: true
        case .checkpoint, .missing, .unexpected, .shape, .notFinite, .tieContradicted: false
        }
    }
}

extension LoadedModel {
    /// The name that a directory's model has unless another is given: the directory's own.
    public static func name(ofDirectory path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "model" }
}

extension ConfigurationError {
    /// Whether the file is sound and asks for something that is not run here.
    fileprivate var isUnsupported: Bool {
        switch reason {
        case .unsupported, .unknown: true
        case .file, .syntax, .missing, .invalid, .indivisible: false
        }
    }
}
