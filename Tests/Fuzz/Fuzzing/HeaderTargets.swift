private import Artifacts
private import Checkpoints
private import Dictionaries
private import Tensors
private import Tokenizer

extension FuzzTarget {
    /// Headers of safetensors files.
    ///
    /// What is accepted covers its data exactly, and is the same once written and read.
    public static let safetensors = FuzzTarget("safetensors") { draws, corpus in
        var bytes = draws.oneIn(4) ? draws.pick(corpus.inputs) : SafetensorsMutation.file(draws.next())
        if draws.oneIn(2) { ByteMutation.spoil(&bytes, &draws, with: corpus) }
        return bytes
    } check: { bytes in
        guard bytes.count >= 8 else { return false }
        let length = Int(clamping: bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        let header = Array(bytes[8...].prefix(length)), dataBytes = bytes.count - 8 - header.count
        guard let accepted = try? SafetensorsHeader(parsing: header, dataBytes: dataBytes) else { return false }
        var covered = 0
        for tensor in accepted.tensors {
            try Finding.require(tensor.range.lowerBound == covered, "\(tensor) begins elsewhere than at \(covered)")
            try Finding.require(tensor.count * tensor.dtype.bits == tensor.range.count * 8, "\(tensor) has another size")
            covered = tensor.range.upperBound
        }
        try Finding.require(covered == dataBytes, "the tensors cover \(covered) of \(dataBytes) bytes")
        let whole = accepted.tensors.allSatisfy { $0.dtype.bits % 8 == 0 }
        guard whole, !accepted.tensors.contains(where: { $0.name == "__metadata__" }) else { return true }
        let written = SafetensorsWriter.prefix(
            accepted.tensors.map { ($0.name, $0.dtype, $0.shape) }, metadata: accepted.metadata)
        let again = try SafetensorsHeader(parsing: Array(written[8...]), dataBytes: dataBytes)
        try Finding.require(again == accepted, "\(accepted) was written and read as \(again)")
        return true
    }

    /// A model's `config.json`.
    ///
    /// What is accepted has sizes that a model can have.
    public static let configuration = FuzzTarget("configuration") { draws, corpus in
        draws.oneIn(8) ? Array(JSONText.value(&draws, depth: 4).utf8) : ByteMutation.input(&draws, corpus)
    } check: { bytes in
        guard let accepted = try? GPT2Configuration(parsing: bytes) else { return false }
        let sizes = [
            accepted.d_model, accepted.n_ctx, accepted.n_layers, accepted.n_heads, accepted.d_mlp, accepted.d_vocab,
            accepted.d_head,
        ]
        try Finding.require(sizes.allSatisfy { (1...1 << 32).contains($0) }, "\(accepted)")
        try Finding.require(accepted.d_head * accepted.n_heads == accepted.d_model, "\(accepted)")
        try Finding.require(accepted.layer_norm_epsilon > 0 && accepted.layer_norm_epsilon.isFinite, "\(accepted)")
        return true
    }

    /// A tokenizer's files: `vocab.json` and `merges.txt` in one, a NUL byte between, or a `tokenizer.json`.
    ///
    /// What is accepted gives every text back.
    public static let vocabulary = FuzzTarget("vocabulary", make: ByteMutation.input) { bytes in
        let sample = "The cat's 42 hats\u{301} — \u{1F468}\u{200D}\u{1F469}\u{0}<|endoftext|>\n\n  end"
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let tokenizer: Tokenizer?
        if parts.count == 2 {
            tokenizer = try? Tokenizer(vocabJSON: Array(parts[0]), mergesText: Array(parts[1]))
        } else {
            tokenizer = try? Tokenizer(tokenizerJSON: bytes)
        }
        guard let tokenizer else { return false }
        let ids = tokenizer.encode(sample)
        try Finding.require(try tokenizer.decode(ids) == Array(sample.utf8), "the text became \(ids) and came back another")
        return true
    }

    /// Arrays in NumPy's format.
    ///
    /// What is accepted has as many numbers as its shape says.
    public static let arrays = FuzzTarget("arrays", make: ByteMutation.input) { bytes in
        let path = try FuzzFile.write(bytes, "array.npy")
        if let (numbers, shape) = try? NumPyFile.read(path, as: Int32.self) {
            try Finding.require(
                numbers.count == shape.reduce(1, *) && 4 * numbers.count < bytes.count, "\(shape): \(numbers.count)")
        }
        if let (numbers, shape) = try? NumPyFile.read(path, as: Float.self) {
            try Finding.require(
                numbers.count == shape.reduce(1, *) && 4 * numbers.count < bytes.count, "\(shape): \(numbers.count)")
        }
        return try checkCorpus(path)
    }

    /// Lines of text or of JSON objects as a corpus.
    public static let corpora = FuzzTarget("corpora", make: ByteMutation.input) { bytes in
        let isText = try checkCorpus(try FuzzFile.write(bytes, "text.txt"))
        let isObjects = try checkCorpus(try FuzzFile.write(bytes, "text.jsonl"))
        return isText || isObjects
    }

    /// Contexts of a corpus that is accepted are tokens of the vocabulary, each context with BOS before it.
    private static func checkCorpus(_ path: String) throws -> Bool {
        let tokenizer = try FuzzTokenizer.small.get(), T = 4
        guard let contexts = try? Contexts(TextFile(path), tokenizer: tokenizer, T: T) else { return false }
        for index in 0..<min(contexts.count, 100) {
            let context = try contexts.context(index)
            try Finding.require(
                context.count == T && context[0] == tokenizer.bos
                    && context.allSatisfy { (0..<Int32(tokenizer.d_vocab)).contains($0) },
                "context \(index) is \(context)")
        }
        return true
    }

    /// `cfg.json` of a dictionary in SAELens's layout, beside weights that fit the corpus's own.
    public static let dictionaryFolder = FuzzTarget("dictionary-folder", make: ByteMutation.input) { bytes in
        let weights = SafetensorsWriter.prefix([("W_enc", [4, 8]), ("W_dec", [8, 4]), ("b_enc", [8]), ("b_dec", [4])])
        for side in ["query", "key"] {
            _ = try FuzzFile.write(
                weights + [UInt8](repeating: 0, count: 4 * (32 + 32 + 8 + 4)), "folder/\(side)/sae_weights.safetensors")
            _ = try FuzzFile.write(bytes, "folder/\(side)/cfg.json")
        }
        guard let accepted = try? SAELensFolder(.own(try FuzzFile.path("folder")), n_heads: 2) else { return false }
        try Finding.require(accepted.pair.query.shape.d_sae == 8 && accepted.layer >= 0, "\(accepted.pair.query.shape)")
        return true
    }
}
