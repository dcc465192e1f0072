import JSON

/// A report on the attention of a prompt: every head's pattern, what its dictionaries make of it, and why its strongest looks are there.
public struct AttentionQuestion: Sendable {
    /// The prompt; exactly one of text and tokens is given.
    public var text: String?
    /// Its tokens.
    public var tokens: [Int]?
    /// Whether a BOS token is put in front; the daemon's default if nil.
    public var prepend_bos: Bool?
    /// A resident model; that of the maps, or the embedded one, if nil.
    public var model: String?
    /// The layers shown, beside those of the maps; all if nil.
    public var layers: [Int]?
    /// Maps of different layers.
    public var maps: [String]
    /// A dictionary without a map.
    public var dictionary: String?
    /// How many looks are explained.
    public var looks: Int

    /// A question.
    public init(
        text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool? = nil, model: String? = nil, layers: [Int]? = nil,
        maps: [String] = [], dictionary: String? = nil, looks: Int = 300
    ) {
        (self.text, self.tokens, self.prepend_bos, self.model) = (text, tokens, prepend_bos, model)
        (self.layers, self.maps, self.dictionary, self.looks) = (layers, maps, dictionary, looks)
    }

    /// The parameters that say what is read.
    fileprivate var prompt: JSONObject {
        var prompt: JSONObject = [:]
        prompt["text"] = text.map { .string($0) }
        prompt["tokens"] = tokens.map { .array($0.map { .integer($0) }) }
        prompt["prepend_bos"] = prepend_bos.map { .bool($0) }
        return prompt
    }
}

/// Looks that get less than this are not explained.
private let leastShare = 0.02
private let explainedPairs = 6
private let leftOut = [
    "pattern": ["heads.attn_scores"], "reconstruct": ["patterns.true", "patterns.map"],
    "explain": ["tokens", "pieces", "model", "dictionary", "map", "layer", "destination_piece", "heads.source_piece"],
]

/// What reconstructs a layer: a map, or a dictionary alone.
private struct Subject {
    let name: String, value: String, layer: Int

    /// How many matrices are drawn of each head: transcoders, and the masked map if there is one.
    var matrices: Int { name == "map" ? 2 : 1 }
}

extension Gatherer {
    /// All heads of a prompt as thumbnails, one large; layers with a map reconstructed, and the strongest looks taken apart.
    ///
    /// - Throws: ``ReportRefusal`` if the page would be too large, and the daemon's errors.
    public func attention(_ question: AttentionQuestion) throws -> Report {
        let prompt = question.prompt
        let maps = try ask("maps.get", question.maps.map { ["map": .string($0)] })
        let named = maps.results.compactMap { $0["dictionary"]?.string } + [question.dictionary].compactMap(\.self)
        let dictionaries = try ask("dictionaries.get", named.map { ["dictionary": .string($0)] })
        var subjects = maps.results.map {
            Subject(name: "map", value: $0["map"]?.string ?? "", layer: $0["layer"]?.integer ?? 0)
        }
        if let dictionary = question.dictionary {
            subjects.append(
                Subject(name: "dictionary", value: dictionary, layer: dictionaries.results.last?["layer"]?.integer ?? 0))
        }
        let modelName = try question.model ?? dictionaries.results.first?["model"]?.string ?? embeddedModel()
        let model = try ask("models.get", [["model": .string(modelName)]])
        let facts = model.results.first ?? .null
        let shown = Set((question.layers ?? Array(0..<(facts["n_layers"]?.integer ?? 0))) + subjects.map(\.layer)).sorted()

        try refuseTooMany(question, modelName, layers: shown.count, subjects, heads: facts["n_heads"]?.integer ?? 0)
        let patterns = try ask("attention.pattern", shown.map { prompt + ["model": .string(modelName), "layer": .integer($0)] })
        let again = try ask(
            "attention.reconstruct", subjects.map { prompt + [$0.name: .string($0.value), "include_patterns": true] })
        let explained = try ask(
            "attention.explain",
            looks(patterns, subjects).prefix(question.looks).map { look in
                prompt + [
                    subjects[look.subject].name: .string(subjects[look.subject].value), "head": .integer(look.head),
                    "destination": .integer(look.destination), "source": .integer(look.source), "top_k": .integer(explainedPairs),
                ]
            })
        let predicted = try ask("tokens.predict", [prompt + ["model": .string(modelName)]])
        let first = patterns.results.first ?? .null, pieces = (first["pieces"]?.array ?? []).compactMap(\.string)
        let isFine =
            Self.cells(pieces.count, layers: shown.count, subjects, heads: first["heads"]?.array?.count ?? 0)
            <= Triangle.fineCells
        return try report(
            "attention", title: question.text ?? pieces.joined(),
            [
                ("map", maps), ("dictionary", dictionaries), ("model", model), ("explain", explained), ("predict", predicted),
                ("pattern", Self.withTriangles(patterns, "heads", ["pattern"], isFine)),
                ("reconstruct", Self.withTriangles(again, "patterns", ["transcoders", "masked_map"], isFine)),
            ], leftOut: leftOut)
    }

    private func embeddedModel() throws -> String {
        let models = try request("models.list")["models"]?.array ?? []
        guard let name = models.first(where: { $0["is_embedded"]?.bool == true })?["model"]?.string else {
            throw ReportRefusal(description: "this daemon has no embedded model; name one")
        }
        return name
    }

    private static func cells(_ count: Int, layers: Int, _ subjects: [Subject], heads: Int) -> Int {
        (layers + subjects.reduce(0) { $0 + $1.matrices }) * heads * count * (count + 1) / 2
    }

    /// Before patterns are asked for that would not fit.
    private func refuseTooMany(
        _ question: AttentionQuestion, _ model: String, layers: Int, _ subjects: [Subject], heads: Int
    ) throws {
        var count = (question.tokens?.count ?? 0) + (question.prepend_bos == false ? 0 : 1)
        if let text = question.text {
            var params: JSONObject = ["text": .string(text), "model": .string(model)]
            params["prepend_bos"] = question.prepend_bos.map { .bool($0) }
            count = try request("tokens.encode", params)["tokens"]?.array?.count ?? 0
        }
        let cells = Self.cells(count, layers: layers, subjects, heads: heads)
        guard cells <= Triangle.mostCells else {
            throw ReportRefusal(
                description:
                    "a page of \(count) tokens in \(layers) layers of \(heads) heads would have \(cells) cells, at most "
                    + "\(Triangle.mostCells); name fewer layers")
        }
    }

    private struct Look {
        let subject: Int, head: Int, destination: Int, source: Int
        let share: Double

        /// The strongest first; BOS, where idle heads look, last.
        func precedes(_ other: Look) -> Bool {
            if (source == 0) != (other.source == 0) { return source != 0 }
            if share != other.share { return share > other.share }
            return (subject, head, destination, source) < (other.subject, other.head, other.destination, other.source)
        }
    }

    /// All looks worth explaining, in the order in which they are.
    private func looks(_ patterns: Answers, _ subjects: [Subject]) -> [Look] {
        var found: [Look] = []
        for (place, subject) in subjects.enumerated() {
            let layer = patterns.results.first { $0["layer"]?.integer == subject.layer }
            for head in layer?["heads"]?.array ?? [] {
                let number = head["head"]?.integer ?? 0
                for (destination, row) in (head["pattern"]?.array ?? []).enumerated() {
                    for (source, value) in (row.array ?? []).prefix(destination + 1).enumerated() {
                        guard let share = value.number, share >= leastShare else { continue }
                        found.append(Look(subject: place, head: number, destination: destination, source: source, share: share))
                    }
                }
            }
        }
        return found.sorted { $0.precedes($1) }
    }

    private static func withTriangles(_ answers: Answers, _ members: String, _ names: [String], _ isFine: Bool) -> Answers {
        answers.mapResults { result in
            guard case .object(var object) = result, let list = object[members]?.array else { return result }
            object[members] = .array(
                list.map { each in
                    guard case .object(var head) = each else { return each }
                    for name in names {
                        if let matrix = head[name], !matrix.isNull { head[name] = Triangle.packed(matrix, isFine: isFine) }
                    }
                    return .object(head)
                })
            return .object(object)
        }
    }
}

extension JSONObject {
    /// Two objects without common members as one.
    fileprivate static func + (first: JSONObject, second: JSONObject) -> JSONObject {
        var both = first
        for (name, value) in second { both[name] = value }
        return both
    }
}
