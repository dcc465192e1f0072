public import API
private import Checkpoints
public import Dictionaries
public import JSON
public import Tensors

// A dictionary as a folder that can be given away:
//
//     query/cfg.json  query/sae_weights.safetensors    one transcoder each, as sae-lens loads it
//     key/cfg.json    key/sae_weights.safetensors
//     qklens.json                                      the dictionary's description
//     qklens.safetensors                               b_in and b_enc of both sides, which SAELens's layout keeps only as a difference
//
// With the last two an import has the very weights; without them (a folder that sae-lens wrote) b_in is 0.

/// A dictionary in SAELens's layout.
public struct SAELensFolder: Sendable {
    /// Both sides.
    public let pair: TranscoderPair
    /// What the folder says of the dictionary; nil for one that was not exported here.
    public let description: DictionaryInfo?
    /// The layer, from the hook's name.
    public let layer: Int
    /// What sae-lens's `cfg.json` of the query side says beyond the sizes.
    public let metadata: JSON

    private static let descriptionFile = "qklens.json", exactFile = "qklens.safetensors"
    private static let largestDescription = 16 << 20
    private static let sides = ["query", "key"]

    /// Writes a dictionary to a folder that appears when it is whole.
    ///
    /// - Parameters:
    ///   - info: Its description.
    ///   - pair: Its weights.
    ///   - path: The folder, which must not be there, in one that is.
    /// - Throws: `file_exists`, `file_unwritable`, `path_refused`, `dictionary_unsupported`.
    public static func write(_ info: DictionaryInfo, _ pair: TranscoderPair, to path: GuardedPath) throws {
        do {
            var folder = try NewFolder(path)
            for (name, transcoder) in zip(sides, [pair.query, pair.key]) {
                let directory = try folder.makeFolder(name)
                let metadata: JSONObject = [
                    "model_name": .string(info.model), "hook_name": .string(hook(info.layer, "ln1.hook_normalized")),
                    "hook_name_out": .string(hook(info.layer, name == "query" ? "attn.hook_q" : "attn.hook_k")),
                    "prepend_bos": true, "context_size": .integer(info.context),
                ]
                try SAELensSide(transcoder, metadata: metadata).write(to: directory, shownAs: path.path)
            }
            let exact = zip(sides, [pair.query, pair.key]).flatMap { name, side in
                [
                    (name: "\(name).b_in", tensor: Tensor([side.b_in.count], side.b_in)),
                    (name: "\(name).b_enc", tensor: Tensor([side.b_enc.count], side.b_enc)),
                ]
            }
            try SafetensorsWriter.write(exact, to: "\(folder.inside)/\(exactFile)")
            var description = try ReplacementFile("\(folder.inside)/\(descriptionFile)")
            try description.append(Array((try JSON(encoding: info).prettyText() + "\n").utf8))
            try description.commit()
            try folder.commit()
        } catch {
            throw APIError.unwritable(path, error)
        }
    }

    /// The model that a folder names, before anything else of it is read; nil if it names none.
    public static func modelName(_ path: GuardedPath) -> String? {
        let cfg = path.appending("query").appending(SAELensSide.configurationFile)
        guard let bytes = try? ReadableFile.contents(of: cfg, limit: SAELensSide.largestConfiguration) else { return nil }
        return (try? JSON(parsing: bytes))?["metadata"]?["model_name"]?.string
    }

    /// Reads a folder.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - n_heads: H of the model that the dictionary is for.
    /// - Throws: `path_refused`, `file_not_found`, `dictionary_unreadable`, `dictionary_unsupported`.
    public init(_ path: GuardedPath, n_heads: Int) throws {
        let sides = try Self.sides.map { name in
            guard let side = try SAELensSide(path.appending(name), n_heads: n_heads) else {
                throw APIError(
                    .fileNotFound,
                    "\(path) has no '\(name)/cfg.json'; a dictionary is a folder with 'query' and 'key', each with cfg.json and "
                        + "sae_weights.safetensors",
                    facts: ["path": .string(path.path)])
            }
            return side
        }
        let query = sides[0], key = sides[1]
        let (a, b) = (query.transcoder.shape, key.transcoder.shape)
        guard a.d_model == b.d_model, a.d_head == b.d_head else {
            throw Self.unsupported(path, "the query side has shape \(a), the key side \(b)")
        }
        let layers = try [query, key].map { try Self.layer(of: $0.metadata, path) }
        guard layers[0] == layers[1] else {
            throw Self.unsupported(path, "the query side is for layer \(layers[0]), the key side for layer \(layers[1])")
        }
        layer = layers[0]
        metadata = .object(query.metadata)
        guard let bytes = try? ReadableFile.contents(of: path.appending(Self.descriptionFile), limit: Self.largestDescription)
        else {
            pair = TranscoderPair(query: query.transcoder, key: key.transcoder)
            description = nil
            return
        }
        let info: DictionaryInfo
        do {
            let json = try JSON(parsing: bytes)
            if let violation = DictionaryInfo.schema.validate(json, at: "dictionary").first {
                throw Self.unsupported(path, "\(Self.descriptionFile): \(violation)")
            }
            info = try json.decode(DictionaryInfo.self)
        } catch let error as APIError {
            throw error
        } catch {
            throw Self.unsupported(path, "\(Self.descriptionFile): \(error)")
        }
        let found = [layer, a.d_model, a.n_heads, a.d_sae, b.d_sae]
        let described = [info.layer, info.d_model, info.n_heads, info.d_sae_query, info.d_sae_key]
        guard found == described else {
            throw Self.unsupported(
                path,
                "\(Self.descriptionFile) says layer, d_model, n_heads, d_sae_query and d_sae_key are \(described); the weights have \(found)"
            )
        }
        pair = TranscoderPair(
            query: try Self.exact(query.transcoder, "query", path), key: try Self.exact(key.transcoder, "key", path))
        guard pair.fingerprint == info.fingerprint else {
            throw Self.unsupported(
                path, "the weights have fingerprint \(pair.fingerprint), \(Self.descriptionFile) says \(info.fingerprint)")
        }
        description = info
    }

    /// A side with its own b_in and b_enc.
    private static func exact(_ side: Transcoder, _ name: String, _ path: GuardedPath) throws -> Transcoder {
        var side = side
        do {
            let file = try SafetensorsFile(path.appending(exactFile))
            let b_in = try file.tensor("\(name).b_in"), b_enc = try file.tensor("\(name).b_enc")
            guard b_in.values.count == side.b_in.count, b_enc.values.count == side.b_enc.count else {
                throw unsupported(path, "\(exactFile) does not fit the weights of the \(name) side")
            }
            (side.b_in, side.b_enc) = (b_in.values, b_enc.values)
        } catch let error as SafetensorsError {
            throw APIError.refusal(path, error)
                ?? APIError(.dictionaryUnreadable, error.description, facts: ["path": .string(path.path)])
        }
        return side
    }

    private static func hook(_ layer: Int, _ name: String) -> String { "blocks.\(layer).\(name)" }

    private static func layer(of metadata: JSONObject, _ path: GuardedPath) throws -> Int {
        let name = metadata["hook_name"]?.string ?? ""
        let parts = name.split(separator: ".", maxSplits: 2)
        guard parts.count == 3, parts[0] == "blocks", let layer = Int(parts[1]), layer >= 0, parts[2] == "ln1.hook_normalized"
        else {
            throw unsupported(
                path, "the hook is '\(name)', where blocks.N.ln1.hook_normalized is needed: the layer-normalised residual")
        }
        return layer
    }

    private static func unsupported(_ path: GuardedPath, _ reason: String) -> APIError {
        APIError(.dictionaryUnsupported, "\(path): \(reason)", facts: ["path": .string(path.path)])
    }
}
