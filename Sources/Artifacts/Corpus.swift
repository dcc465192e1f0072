public import API
private import JSON
public import Tensors
public import Tokenizer

/// A text by the name that calls give it: `demo`, the embedded model's own, or the path of a file.
public struct Corpus: Sendable {
    /// The name of the embedded model's corpus.
    public static let embedded = "demo"

    /// As the call gave it.
    public let name: String
    /// The file, and how it keeps documents.
    public let text: TextFile

    /// Resolves a name.
    ///
    /// - Parameters:
    ///   - name: What the call gave; nil for the embedded model's, which only that model may leave out.
    ///   - field: Which field of a `.jsonl` file's objects is the text; nil for `text`.
    ///   - model: The model that reads it.
    ///   - embeddedDirectory: Where the embedded model lies.
    ///   - access: Where a file that the caller names may lie.
    /// - Throws: `file_not_found` if no corpus was named for another model, `path_refused` for a path that is not absolute or whose name
    ///   does not end as one of the three kinds does.
    public init(
        _ name: String?, field: String? = nil, for model: LoadedModel, embeddedDirectory: String, access: FileAccess
    ) throws(APIError) {
        if name == nil, !model.isEmbedded {
            throw APIError(
                .fileNotFound, "name a corpus for '\(model.name)': the path of a .txt, .jsonl or .npy file",
                facts: ["model": .string(model.name)])
        }
        let name = name ?? Self.embedded
        guard name == Self.embedded || name.hasPrefix("/") else {
            throw APIError(
                .pathRefused, "corpus '\(name)' is neither '\(Self.embedded)' nor an absolute path",
                facts: ["corpus": .string(name)])
        }
        do {
            let place = name == Self.embedded ? GuardedPath.own(embeddedDirectory + "/corpus.txt") : GuardedPath(name, access)
            text = try TextFile(place, field: field)
        } catch {
            throw APIError(.pathRefused, "corpus \(error)", facts: ["corpus": .string(name)])
        }
        self.name = name
    }

    /// The length of a context where nothing says otherwise.
    ///
    /// *Source:* specification 1.4, context 256.
    public static let longestContext = 256

    /// The file's size in bytes; 0 if it cannot be read.
    public func size() -> Int { (try? ReadableFile(text.place))?.size ?? 0 }

    /// Checks that the text can be read and is long enough, without reading more of it than that takes.
    ///
    /// - Throws: `file_not_found`, `text_unreadable`, `token_out_of_range`, `text_empty`.
    public func check(_ model: LoadedModel, T: Int, contexts needed: Int) throws(APIError) {
        let found = try contexts(model, T: T, limit: needed).count
        guard found >= needed else {
            throw APIError(
                .textEmpty,
                "corpus '\(name)' has \(found) contexts of \(T) tokens; held_out_contexts and one batch need \(needed)",
                facts: ["corpus": .string(name), "contexts": .integer(found), "needed": .integer(needed)])
        }
    }
}

extension Corpus {
    /// Reads the text and cuts it into contexts, in memory: for calls that read a few.
    ///
    /// - Throws: `path_refused`, `file_not_found`, `text_unreadable` with the line and the reason, `token_out_of_range`, `text_empty` if it
    ///   does not fill one context.
    public func contexts(_ model: LoadedModel, T: Int, limit: Int? = nil) throws(APIError) -> Contexts {
        do {
            return try Contexts(text, tokenizer: model.tokenizer, T: T, limit: limit)
        } catch {
            throw refusal(error)
        }
    }

    /// Reads the text and cuts it into contexts, in a file: for jobs, whose text may be larger than memory.
    ///
    /// - Parameters:
    ///   - model: The model whose tokens they are.
    ///   - T: The length of a context.
    ///   - limit: Stop reading once there are so many contexts; nil for all.
    ///   - directory: Where the file is put, as `contexts-<T>.tokens`; one that is there for the same `T` and `limit` is used.
    ///   - progress: Told now and then how many of the text's bytes are read; what it throws ends the work.
    /// - Throws: As the contexts in memory do, what `progress` throws, and a `FileError` if there is no room for the file.
    public func contexts(
        _ model: LoadedModel, T: Int, limit: Int? = nil, in directory: String,
        progress: (_ bytesDone: Int, _ bytesOf: Int) throws -> Void
    ) throws -> Contexts {
        do {
            return try Contexts(
                text, tokenizer: model.tokenizer, T: T, limit: limit, in: "\(directory)/contexts-\(T).tokens", progress: progress)
        } catch let failure as Contexts.Failure {
            throw refusal(failure)
        }
    }

    /// About how many contexts the text makes, at most `limit`: exact for a text of up to 4 MiB.
    ///
    /// - Throws: As the contexts in memory do.
    public func countContexts(_ model: LoadedModel, T: Int, limit: Int?) throws(APIError) -> Int {
        let enough = 4 << 20
        do {
            return try Contexts.count(text, tokenizer: model.tokenizer, T: T, limit: limit, reading: enough)
        } catch {
            throw refusal(error)
        }
    }

    /// Why a text does not become contexts, in the wire's terms.
    private func refusal(_ failure: Contexts.Failure) -> APIError {
        let kind: ErrorKind =
            switch failure {
            case .tooShort: .textEmpty
            case .unknownID: .tokenOutOfRange
            case .refused: .pathRefused
            case .notText, .tooLong, .notAnObject, .notIDs: .textUnreadable
            case .noBOS: .tokenizerUnreadable
            case .unknownKind: .pathRefused
            case .unreadable: .fileNotFound
            }
        return APIError(kind, "corpus '\(name)': \(failure)", facts: ["corpus": .string(name)])
    }
}
