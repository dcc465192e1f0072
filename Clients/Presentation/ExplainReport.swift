public import API

/// Why a head looked there, in words and tables; or, of several heads, one line for each.
///
/// Of one head: 1. The prompt, with destination and source pointed at. 2. The answer in one sentence. 3. The feature pairs that make the score, each
/// feature with the tokens it fires on. 4. The nine parts of the score, query side by key side. 5. What the features leave unsaid.
public struct ExplainReport: Sendable {
    let result: AttentionExplain.Result
    let basis: String
    let query: [Int: FeatureExamples]
    let key: [Int: FeatureExamples]

    /// A report.
    ///
    /// - Parameters:
    ///   - result: the explanation.
    ///   - basis: what explains: a map or a dictionary, in words.
    ///   - query: what the query features fire on, as far as that is known.
    ///   - key: the same for the key features.
    public init(_ result: AttentionExplain.Result, basis: String, query: [FeatureExamples] = [], key: [FeatureExamples] = []) {
        self.result = result
        self.basis = basis
        self.query = Dictionary(query.map { ($0.feature, $0) }) { first, _ in first }
        self.key = Dictionary(key.map { ($0.feature, $0) }) { first, _ in first }
    }

    /// The report as lines.
    public func text(_ style: Style, width: Int) -> String {
        guard result.heads.count == 1, let head = result.heads.first else { return survey(style, width: width) }
        let prompt = MarkedText(pieces: result.pieces, destination: result.destination, source: head.source)
        return [
            prompt.text(style, width: width), headline(head, style), pairs(head, style), marginals(head, style),
            parts(head, style), remarks(head, style),
        ].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// One line for each head.
    private func survey(_ style: Style, width: Int) -> String {
        var table = Table([
            .words("head"), .words("looks at"), .numbers("position"), .numbers("pattern"), .numbers("score"),
            .words("most effective pair"), .numbers("adds"), .numbers("effect"), .numbers("biases"), .numbers("error"),
        ])
        for head in result.heads {
            let pair = head.mostEffective
            let name = pair.map {
                "q\($0.query_feature) × k\($0.key_feature) (\(ExplainReport.tokens(key[$0.key_feature])))"
            }
            table.add([
                Table.Cell("\(result.layer).\(head.head)", .bold), Table.Cell(head.source_piece.quotedPiece, .key),
                Table.Cell("\(head.source)"), Table.Cell(head.pattern.fixed(2)), Table.Cell(head.attn_score.fixed(2)),
                Table.Cell(name ?? "–"), Table.Cell(pair.map { $0.contribution.fixed(2, signed: true) } ?? "–"),
                Table.Cell(pair.map { $0.pattern_effect.fixed(3, signed: true) } ?? "–"), Table.Cell(head.bias_share.percent(0)),
                Table.Cell(head.error_share.percent(0)),
            ])
        }
        let prompt = MarkedText(pieces: result.pieces, destination: result.destination, source: nil)
        let destination = style.apply(.query, to: result.destination_piece.quotedPiece)
        return """
            \(prompt.text(style, width: width))
            Where the heads of layer \(result.layer) look from \(destination) (position \(result.destination)), and the pair that does most for it:
            \(style.apply(.dim, to: "(\(result.model), \(basis))"))

            \(table.text(style, indent: 2))
            """
    }

    private func headline(_ look: HeadExplanation, _ style: Style) -> String {
        let map = look.pattern_masked_map.map { " (masked map \($0.fixed(2)))" } ?? ""
        let head = style.apply(.bold, to: "head \(result.layer).\(look.head)")
        let destination = style.apply(.query, to: result.destination_piece.quotedPiece)
        let source = style.apply(.key, to: look.source_piece.quotedPiece)
        return """
            \(head) at \(destination) (position \(result.destination)) looks at \(source) (position \(look.source)): \
            pattern \(look.pattern.fixed(2))\(map), score \(look.attn_score.fixed(2)).
            \(style.apply(.dim, to: "(\(result.model), \(basis))"))

            """
    }

    private func pairs(_ look: HeadExplanation, _ style: Style) -> String {
        guard !look.pairs.isEmpty else { return "No pair of features is active here.\n" }
        let hasMask = look.pairs.contains { $0.survives != nil }
        var columns: [Table.Column] = [
            .numbers("query"), .words("which fires on"), .numbers("key"), .words("which fires on"), .numbers("adds"),
            .numbers("share"),
            .numbers("effect on pattern"),
        ]
        if hasMask { columns.append(.words("in the map")) }
        var table = Table(columns)
        for pair in look.pairs {
            var row: [Table.Cell] = [
                Table.Cell("q\(pair.query_feature)", .query), Table.Cell(ExplainReport.tokens(query[pair.query_feature])),
                Table.Cell("k\(pair.key_feature)", .key), Table.Cell(ExplainReport.tokens(key[pair.key_feature])),
                Table.Cell(pair.contribution.fixed(2, signed: true), .bold), Table.Cell(pair.share.percent()),
                Table.Cell(pair.pattern_effect.fixed(3, signed: true)),
            ]
            if hasMask { row.append(pair.survives == true ? Table.Cell("kept", .good) : Table.Cell("cut", .dim)) }
            table.add(row)
        }
        return pairsTitle(look) + table.text(style, indent: 2)
    }

    private func pairsTitle(_ look: HeadExplanation) -> String {
        let sum = look.feature_pairs_sum.fixed(2, signed: true)
        var title = "\(look.feature_pairs.grouped) feature pairs are active; together they add \(sum)"
        if let count = look.surviving_pairs, let sum = look.surviving_pairs_sum {
            title += ", the \(count.grouped) that the map keeps \(sum.fixed(2, signed: true))"
        }
        let shown = look.pairs.count
        return title + (shown < look.feature_pairs ? ". The strongest \(shown):\n" : ":\n")
    }

    /// The tokens a feature is active on most often, each with its share.
    static func tokens(_ examples: FeatureExamples?) -> String {
        guard let examples else { return "–" }
        guard !examples.top_tokens.isEmpty else { return "nothing in the texts read" }
        return examples.top_tokens.prefix(3).map { "\($0.piece.visiblePiece) \($0.share.percent(0))" }.joined(separator: ", ")
    }

    private func marginals(_ look: HeadExplanation, _ style: Style) -> String {
        let line = { (name: String, features: [FeatureMarginal], letter: String, emphasis: Style.Emphasis) in
            features.isEmpty
                ? ""
                : "\(name): "
                    + features.prefix(5).map {
                        "\(style.apply(emphasis, to: "\(letter)\($0.feature)")) \($0.contribution.fixed(2, signed: true))"
                    }.joined(separator: ", ") + "\n"
        }
        return line("Over all their pairs, the query's features add", look.query_features, "q", .query)
            + line("                     and the key's features add", look.key_features, "k", .key)
    }

    private func parts(_ look: HeadExplanation, _ style: Style) -> String {
        guard !look.parts.isEmpty else { return "" }
        var table = Table([.words("query side"), .numbers("key: features"), .numbers("bias"), .numbers("error")])
        let rows: [(title: String, parts: [ScorePart.Name])] = [
            ("features", [.feature_feature, .feature_bias, .feature_error]), ("bias", [.bias_feature, .bias_bias, .bias_error]),
            ("error", [.error_feature, .error_bias, .error_error]),
        ]
        for row in rows { table.add([Table.Cell(row.title)] + row.parts.map { cell($0, of: look) }) }
        let note =
            look.parts.contains(where: \.is_softmax_irrelevant)
            ? "  * the same for every source, so the softmax removes it\n" : ""
        return "The score, by what it is made of:\n" + table.text(style, indent: 2) + style.apply(.dim, to: note)
    }

    private func cell(_ name: ScorePart.Name, of look: HeadExplanation) -> Table.Cell {
        guard let part = look.parts.first(where: { $0.part == name }) else { return "–" }
        return Table.Cell(
            part.value.fixed(2, signed: true) + (part.is_softmax_irrelevant ? "*" : " "), part.is_softmax_irrelevant ? .dim : nil)
    }

    /// What the features leave unsaid, and whether the sum is right.
    private func remarks(_ look: HeadExplanation, _ style: Style) -> String {
        let shares = "\(look.bias_share.percent()) of the parts' magnitude has a bias in it, "
        let sum = "\(look.attn_score.fixed(2)), off by \(look.identity_residual.scientific)"
        // Float32 over a few hundred terms of order one stays well below this.
        let isExact = look.identity_residual.magnitude <= 1e-3 * max(1, look.attn_score.magnitude)
        let verdict = isExact ? "" : style.apply(.bad, to: " More than rounding explains: do not trust these numbers.")
        return """
            \(shares)\(look.error_share.percent()) is error: what the dictionaries do not reproduce.
            The nine parts sum to the model's own score \(sum).\(verdict)

            """
    }
}

extension HeadExplanation {
    /// Of the pairs listed, the one with the greatest effect on the pattern.
    public var mostEffective: PairPart? { pairs.max { $0.pattern_effect.magnitude < $1.pattern_effect.magnitude } }
}
