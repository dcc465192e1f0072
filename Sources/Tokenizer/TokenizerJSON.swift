import JSON

/// Hugging Face's `tokenizer.json`, read so that nothing in it that could change ids is overlooked.
///
/// 1. Members that this file does not know are refused: a later version may put anything into them.
/// 2. Settings must have one of the values under which the pipeline is GPT-2's.
/// 3. Added tokens must be special, without conditions on what stands around them.
/// 4. The post-processor must add no tokens. The decoder changes no ids, and ids are always decoded to the bytes they stand for.
struct TokenizerJSON {
    static let file = "tokenizer.json"

    private let root: JSON

    init(_ json: JSON) { root = json }

    /// Values that leave the ids GPT-2's, by path; a missing member counts as null.
    private static let settings: [(path: [String], accepted: [JSON], supported: String)] = [
        (["truncation"], [.null], "null"),
        (["padding"], [.null], "null"),
        (["normalizer"], [.null], "null"),
        (["pre_tokenizer", "type"], ["ByteLevel"], "\"ByteLevel\""),
        (["pre_tokenizer", "add_prefix_space"], [false], "false"),
        (["pre_tokenizer", "use_regex"], [.null, true], "true"),
        (["model", "type"], [.null, "BPE"], "\"BPE\""),
        (["model", "dropout"], [.null, 0], "null"),
        (["model", "unk_token"], [.null], "null"),
        (["model", "continuing_subword_prefix"], [.null, ""], "empty"),
        (["model", "end_of_word_suffix"], [.null, ""], "empty"),
        (["model", "byte_fallback"], [.null, false], "false"),
        (["model", "ignore_merges"], [.null, false], "false"),
    ]

    /// The members of each object that are known.
    private static let members: [(path: [String], known: Set<String>)] = [
        (
            [],
            [
                "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder",
                "model",
            ]
        ),
        (["pre_tokenizer"], ["type", "add_prefix_space", "trim_offsets", "use_regex"]),
        (
            ["model"],
            [
                "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback",
                "ignore_merges", "vocab", "merges",
            ]
        ),
    ]

    /// The vocabulary, merges and special tokens.
    ///
    /// - Throws: ``TokenizerError``.
    func parts() throws(TokenizerError) -> TokenizerParts {
        guard root.object != nil else { throw unexpected("the file", "an object", root) }
        for (path, accepted, supported) in TokenizerJSON.settings {
            let value = value(at: path)
            guard accepted.contains(value) else {
                throw .unsupported(path: path.joined(separator: "."), found: TokenizerJSON.excerpt(value), supported: supported)
            }
        }
        for (path, known) in TokenizerJSON.members {
            for name in value(at: path).object?.keys ?? [] where !known.contains(name) {
                throw .unsupported(path: (path + [name]).joined(separator: "."), found: "present", supported: "unknown")
            }
        }
        try checkPostProcessor()
        guard let vocab = value(at: ["model", "vocab"]).object else {
            throw unexpected("model.vocab", "an object", value(at: ["model", "vocab"]))
        }
        var parts = TokenizerParts(vocab: try TokenizerParts.vocab(vocab, file: TokenizerJSON.file, path: "model.vocab."))
        parts.merges = try merges()
        try addTokens(to: &parts, vocab: vocab)
        return parts
    }

    private func value(at path: [String]) -> JSON {
        path.reduce(root) { $0[$1] ?? .null }
    }

    /// Each merge is `"a b"` in older files and `["a", "b"]` in newer ones.
    private func merges() throws(TokenizerError) -> [Merge] {
        let value = value(at: ["model", "merges"])
        guard let array = value.array else { throw unexpected("model.merges", "an array", value) }
        guard array.count <= MergeTable.mostMerges else {
            throw .tooMany(kind: "merges", count: array.count, limit: MergeTable.mostMerges)
        }
        var merges: [Merge] = []
        merges.reserveCapacity(array.count)
        for (index, element) in array.enumerated() {
            if let text = element.string {
                merges.append(try Merge(text, place: .element(index)))
            } else if let pair = element.array, pair.count == 2, let left = pair[0].string, let right = pair[1].string,
                !left.isEmpty, !right.isEmpty
            {
                merges.append(Merge(left: left, right: right, place: .element(index)))
            } else {
                throw .malformedMerge(.element(index), text: TokenizerJSON.excerpt(element))
            }
        }
        return merges
    }

    /// Adds the special tokens, which may repeat entries of the vocabulary or continue it.
    private func addTokens(to parts: inout TokenizerParts, vocab: JSONObject) throws(TokenizerError) {
        let list = root["added_tokens"] ?? .null
        guard list.isNull || list.array != nil else { throw unexpected("added_tokens", "an array", list) }
        parts.special = []
        for (index, token) in (list.array ?? []).enumerated() {
            let path = "added_tokens[\(index)]"
            guard let content = token["content"]?.string, !content.isEmpty else {
                throw unexpected(path + ".content", "a text", token["content"] ?? .null)
            }
            guard case .integer(let id)? = token["id"] else { throw unexpected(path + ".id", "an integer", token["id"] ?? .null) }
            guard token["special"] == true else {
                throw .unsupported(
                    path: path + ".special", found: TokenizerJSON.excerpt(token["special"] ?? .null), supported: "true")
            }
            for flag in ["single_word", "lstrip", "rstrip"] where token[flag] == true {
                throw .unsupported(path: "\(path).\(flag)", found: "true", supported: "false")
            }
            if let known = vocab[content]?.integer {
                guard known == id else { throw .duplicateToken(content, first: known, second: id) }
            } else {
                parts.vocab.append((content, id))
            }
            parts.special.insert(content)
        }
    }

    /// Accepts ByteLevel, which changes only offsets, and a template that is just the text.
    private func checkPostProcessor() throws(TokenizerError) {
        let processor = root["post_processor"] ?? .null
        if processor.isNull || processor["type"] == "ByteLevel" { return }
        let single = processor["single"]?.array ?? []
        if processor["type"] == "TemplateProcessing", single.count == 1, single[0]["Sequence"]?["id"] == "A" { return }
        throw .unsupported(
            path: "post_processor", found: TokenizerJSON.excerpt(processor),
            supported: "null, ByteLevel or a template without tokens"
        )
    }

    private func unexpected(_ path: String, _ expected: String, _ found: JSON) -> TokenizerError {
        .unexpectedValue(
            file: TokenizerJSON.file, path: path, expected: expected, found: found.isNull ? "missing" : found.typeName)
    }

    /// The beginning of a value, for a message.
    private static func excerpt(_ value: JSON) -> String {
        let most = 120
        let text = value.text()
        return text.count <= most ? text : text.prefix(most) + "…"
    }
}
