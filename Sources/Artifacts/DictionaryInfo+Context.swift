public import API
private import JSON

extension DictionaryInfo {
    /// The length of the contexts that the dictionary was trained on.
    public var context: Int { settings["context"]?.integer.map { max(1, $0) } ?? Corpus.longestContext }

    /// The text that a call names, or the one that the dictionary was trained on; a field is named with its text.
    public func corpus(unless corpus: String?, field: String?) -> (corpus: String?, field: String?) {
        if let corpus { return (corpus, field) }
        // A dictionary that was imported knows of no text.
        return (self.corpus.isEmpty ? nil : self.corpus, field ?? settings["text_field"]?.string)
    }
}
