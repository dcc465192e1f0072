import JSON
import Testing
import Tokenizer

/// tokenizer.json: the two spellings of merges, and every setting that is refused.
@Suite struct TokenizerJSONTests {
    /// A file as transformers 5 saves it, over a vocabulary of bytes, `ab`, and `<|endoftext|>`.
    static let file: JSON = {
        var vocab = JSONObject()
        for (symbol, id) in ByteVocabulary.tokens { vocab[symbol] = .integer(id) }
        vocab["ab"] = 256
        vocab["<|endoftext|>"] = 257
        return [
            "version": "1.0", "truncation": nil, "padding": nil,
            "added_tokens": [
                [
                    "id": 257, "content": "<|endoftext|>", "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false,
                    "special": true,
                ]
            ],
            "normalizer": nil,
            "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true],
            "post_processor": [
                "type": "TemplateProcessing", "single": [["Sequence": ["id": "A", "type_id": 0]]],
                "pair": [["Sequence": ["id": "A", "type_id": 0]], ["Sequence": ["id": "B", "type_id": 1]]], "special_tokens": [:],
            ],
            "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": "", "end_of_word_suffix": "",
                "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": .object(vocab),
                "merges": [["a", "b"]],
            ],
        ]
    }()

    /// The file with one value changed; nil removes it.
    private func file(_ path: String, _ value: JSON?) -> [UInt8] {
        func replaced(_ json: JSON, _ path: ArraySlice<Substring>) -> JSON? {
            guard let name = path.first else { return value }
            if let index = Int(name), var array = json.array {
                array[index] = replaced(array[index], path.dropFirst()) ?? .null
                return .array(array)
            }
            var object = json.object ?? JSONObject()
            object[String(name)] = replaced(object[String(name)] ?? .null, path.dropFirst())
            return .object(object)
        }
        return Array((replaced(TokenizerJSONTests.file, path.split(separator: ".")[...]) ?? .null).text().utf8)
    }

    private func refusal(_ path: String, _ value: JSON?) -> TokenizerError? {
        do {
            _ = try Tokenizer(tokenizerJSON: file(path, value))
            return nil
        } catch {
            return error
        }
    }

    @Test func `merges are read as pairs and as strings`() throws {
        for merges in [["a b"], [["a", "b"]]] as [JSON] {
            let tokenizer = try Tokenizer(tokenizerJSON: file("model.merges", merges))
            #expect(tokenizer.encode("abb") == [256, 0x62])
            #expect(tokenizer.encode("<|endoftext|>", allowSpecial: true) == [257])
            #expect(tokenizer.bos == 257)
        }
    }

    @Test(
        arguments: [
            ("post_processor", nil), ("post_processor", ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false]),
            ("decoder", nil),
            ("model.type", nil), ("model.dropout", 0.0), ("model.byte_fallback", nil), ("model.ignore_merges", nil),
            ("pre_tokenizer.use_regex", nil),
            ("added_tokens.0.normalized", true), ("model.continuing_subword_prefix", nil), ("added_tokens", nil),
            ("version", nil),
        ] as [(String, JSON?)])
    func `what changes no ids is accepted`(_ path: String, _ value: JSON?) {
        #expect(refusal(path, value) == nil)
    }

    @Test(
        arguments: [
            ("truncation", ["max_length": 8]), ("padding", ["length": 8]), ("normalizer", ["type": "NFC"]),
            ("pre_tokenizer.type", "Whitespace"),
            ("pre_tokenizer.add_prefix_space", true), ("pre_tokenizer.add_prefix_space", nil), ("pre_tokenizer.use_regex", false),
            ("model.type", "WordPiece"), ("model.dropout", 0.1), ("model.unk_token", "ab"),
            ("model.continuing_subword_prefix", "##"),
            ("model.end_of_word_suffix", "</w>"), ("model.byte_fallback", true), ("model.ignore_merges", true),
            ("model.novelty", 1), ("novelty", 1),
            ("pre_tokenizer.novelty", 1), ("added_tokens.0.special", false),
        ] as [(String, JSON?)])
    func `what would change ids is refused by name`(_ path: String, _ value: JSON?) {
        guard case .unsupported(let named, _, _)? = refusal(path, value) else {
            Issue.record("\(path) gives \(String(describing: refusal(path, value)))")
            return
        }
        #expect(named == path.replacing(".0.", with: "[0]."))
    }

    @Test(arguments: ["single_word", "lstrip", "rstrip"])
    func `an added token with conditions is refused by the condition`(_ flag: String) {
        #expect(
            refusal("added_tokens.0." + flag, true)
                == .unsupported(path: "added_tokens[0]." + flag, found: "true", supported: "false")
        )
    }

    @Test func `a template that adds a token is refused`() throws {
        let special: JSON = ["SpecialToken": ["id": "<|endoftext|>", "type_id": 0]]
        let sequence: JSON = ["Sequence": ["id": "A", "type_id": 0]]
        for single in [[special, sequence], [sequence, special], [], [sequence, sequence]] as [JSON] {
            guard case .unsupported("post_processor", let found, _)? = refusal("post_processor.single", single) else {
                Issue.record("\(single) is accepted")
                continue
            }
            #expect(found.hasPrefix("{\"type\":\"TemplateProcessing\""))
        }
    }

    @Test func `an added token may continue the vocabulary, but not contradict it`() throws {
        let added: JSON = ["id": 258, "content": "[é日]", "special": true]
        let tokenizer = try Tokenizer(tokenizerJSON: file("added_tokens", [added]))
        #expect(tokenizer.d_vocab == 259)
        #expect(tokenizer.encode("a[é日]ab", allowSpecial: true) == [0x61, 258, 256])
        #expect(try tokenizer.decodeText([0x61, 258, 256]) == "a[é日]ab")
        // It alone is special now.
        #expect(tokenizer.encode("<|endoftext|>", allowSpecial: true).count == 13)
        #expect(refusal("added_tokens.0.id", 3) == .duplicateToken("<|endoftext|>", first: 257, second: 3))
        #expect(refusal("added_tokens.0.content", "new") == .duplicateID(257, first: "<|endoftext|>", second: "new"))
        #expect(
            refusal("added_tokens.0.content", "")
                == .unexpectedValue(file: "tokenizer.json", path: "added_tokens[0].content", expected: "a text", found: "string")
        )
    }

    @Test func `of two special tokens that begin alike the longer is found`() throws {
        let tokens: JSON = [
            ["id": 257, "content": "<|endoftext|>", "special": true], ["id": 258, "content": "<|endoftext|><", "special": true],
        ]
        let tokenizer = try Tokenizer(tokenizerJSON: file("added_tokens", tokens))
        #expect(tokenizer.encode("<|endoftext|><|endoftext|>", allowSpecial: true).first == 258)
        #expect(tokenizer.encode("<|endoftext|>|<|endoftext|>", allowSpecial: true) == [257, 0x7C, 257])
    }

    @Test func `a merge that would make a token of other bytes is refused`() {
        // As a special token, "Ġa" stands for its own three bytes, not for a space and an a.
        var model = TokenizerJSONTests.file["model"]?.object ?? JSONObject()
        var vocab = model["vocab"]?.object ?? JSONObject()
        vocab["Ġa"] = 258
        model["vocab"] = .object(vocab)
        model["merges"] = ["Ġ a"]
        var root = TokenizerJSONTests.file.object ?? JSONObject()
        root["model"] = .object(model)
        root["added_tokens"] = [["id": 258, "content": "Ġa", "special": true]]
        #expect(throws: TokenizerError.inconsistentMerge(.element(0), left: "Ġ", right: "a")) {
            try Tokenizer(tokenizerJSON: Array(JSON.object(root).text().utf8))
        }
    }

    @Test(arguments: [["a"], [["a"]], [["a", "b", "c"]], [["", "a"]], [1], ["a b c"]] as [JSON])
    func `a malformed merge is refused with its place`(_ merges: JSON) {
        guard case .malformedMerge(.element(0), _)? = refusal("model.merges", merges) else {
            Issue.record("\(merges) gives \(String(describing: refusal("model.merges", merges)))")
            return
        }
    }

    @Test func `missing parts are named`() throws {
        for (path, expected) in [("model.vocab", "an object"), ("model.merges", "an array")] {
            #expect(
                refusal(path, nil) == .unexpectedValue(file: "tokenizer.json", path: path, expected: expected, found: "missing"))
        }
        #expect(throws: TokenizerError.self) { try Tokenizer(tokenizerJSON: Array("[]".utf8)) }
        #expect(throws: TokenizerError.self) { try Tokenizer(tokenizerJSON: Array("{".utf8)) }
    }
}
