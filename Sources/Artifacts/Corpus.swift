public import API
private import JSON
private import Tensors
public import Tokenizer

/// A text by the name that calls give it: `demo`, the embedded model's own, or the path of a file.
public struct Corpus: Sendable {
    /// The name of the embedded model's corpus.
    public static let embedded = "demo"

    /// As the call gave it.
    public let name: String
    /// The file.
    public let path: String

    /// Resolves a name.
    ///
    /// - Parameters:
    ///   - name: What the call gave; nil for the embedded model's, which only that model may leave out.
    ///   - model: The model that reads it.
    ///   - embeddedDirectory: Where the embedded model lies.
    /// - Throws: `file_not_found` if no corpus was named for another model, `path_refused` for a path that is not absolute.
    public init(_ name: String?, for model: LoadedModel, embeddedDirectory: String) throws(APIError) {
        if name == nil, !model.isEmbedded {
            throw APIError(
                .fileNotFound, "name a corpus for '\(model.name)': the path of a .txt file, one document per line",
                facts: ["model": .string(model.name)])
        }
        let name = name ?? Self.embedded
        if name == Self.embedded {
            path = embeddedDirectory + "/corpus.txt"
        } else if name.hasPrefix("/") {
            path = name
        } else {
            throw APIError(
                .pathRefused, "corpus '\(name)' is neither '\(Self.embedded)' nor an absolute path",
                facts: ["corpus": .string(name)])
        }
        self.name = name
    }

    /// The length of a context where nothing says otherwise.
    ///
    /// *Source:* specification 1.4, context 256.
    public static let longestContext = 256

    /// The file's size in bytes; 0 if it cannot be read.
    public func size() -> Int { (try? ReadableFile(path))?.size ?? 0 }

    /// Checks that the text can be read and is long enough, without reading more of it than that takes.
    ///
    /// - Throws: `file_not_found`, `text_empty`.
    public func check(_ model: LoadedModel, T: Int, contexts needed: Int) throws(APIError) {
        let found = try contexts(model, T: T, limit: needed).count
        guard found >= needed else {
            throw APIError(
                .textEmpty,
                "corpus '\(name)' has \(found) contexts of \(T) tokens; held_out_contexts and one batch need \(needed)",
                facts: ["corpus": .string(name), "contexts": .integer(found), "needed": .integer(needed)])
        }
    }

    /// Reads the text and cuts it into contexts.
    ///
    /// - Throws: `file_not_found` with the reason if it cannot be read as text, `text_empty` if it does not fill one context.
    public func contexts(_ model: LoadedModel, T: Int, limit: Int? = nil) throws(APIError) -> Contexts {
        do {
            return try Contexts(text: path, tokenizer: model.tokenizer, T: T, limit: limit)
        } catch {
            let isTooShort = if case .tooShort = error { true } else { false }
            throw APIError(
                isTooShort ? .textEmpty : .fileNotFound, "corpus '\(name)': \(error)", facts: ["corpus": .string(name)])
        }
    }
}
