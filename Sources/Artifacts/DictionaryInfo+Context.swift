public import API
private import JSON

extension DictionaryInfo {
    /// The length of the contexts that the dictionary was trained on.
    public var context: Int { settings["context"]?.integer ?? Corpus.longestContext }
}
