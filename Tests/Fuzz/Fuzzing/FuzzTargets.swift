extension FuzzTarget {
    /// A target and the packed folders beside its own where inputs may be found.
    public typealias Place = (target: FuzzTarget, packed: [String])

    /// The targets that need no service, by the part that they belong to.
    public static let parts: [(name: String, places: [Place])] = [
        ("frames", [(frames, jsonTestSuite)]),
        (
            "headers",
            [
                (safetensors, []), (configuration, []), (vocabulary, []), (arrays, []), (corpora, jsonTestSuite),
                (dictionaryFolder, []), (saeConfigurations, []), (pickles, []), (torchArchives, []),
            ]
        ),
        ("texts", [(texts, [])]),
    ]

    /// The suite of JSON texts that may lie beside the project.
    private static let jsonTestSuite = [
        "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(5).joined(separator: "/")
            + "/shared/data/JSONTestSuite/test_parsing.tar.gz"
    ]
}
