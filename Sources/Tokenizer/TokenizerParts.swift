/// What a tokenizer's files say, before anything is checked against anything else.
struct TokenizerParts {
    var vocab: [(symbol: String, id: Int)]
    var merges: [Merge] = []
    /// Spellings of the special tokens; all of them are in `vocab`.
    var special: Set<String> = []

    /// A vocabulary in which `<|endoftext|>`, if it is there, is special.
    init(vocab: [(symbol: String, id: Int)]) {
        self.vocab = vocab
        if vocab.contains(where: { $0.symbol == Tokenizer.endOfText }) { special = [Tokenizer.endOfText] }
    }
}
