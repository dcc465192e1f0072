/// Why a text names no activation.
public enum ActivationNameError: Error, Hashable, CustomStringConvertible {
    /// No such name; `near` are the closest ones.
    case unknown(String, near: [String])
    /// The site is inside a block, and no layer was given.
    case layerMissing(String)
    /// The site is outside the blocks, or the name holds its layer, and another layer was given.
    case layerUnexpected(String, layer: Int)

    /// One sentence that says what would be right.
    public var description: String {
        switch self {
        case .unknown(let name, let near): "there is no activation '\(name)'; near it are \(near.joined(separator: ", "))"
        case .layerMissing(let name): "'\(name)' is inside a block: write blocks.LAYER.\(name) or give the layer"
        case .layerUnexpected(let name, let layer): "'\(name)' does not go with layer \(layer)"
        }
    }
}

extension ActivationName {
    /// Reads a name: TransformerLens's full one (`blocks.3.attn.hook_pattern`), or a short one (`pattern`) with its layer.
    ///
    /// - Parameters:
    ///   - text: The name.
    ///   - layer: The layer of a short name.
    /// - Throws: ``ActivationNameError``.
    public init(parsing text: String, layer: Int? = nil) throws(ActivationNameError) {
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        if parts.count == 3, parts[0] == "blocks", let own = Int(parts[1]), own >= 0, String(own) == parts[1] {
            guard let site = Site(rawValue: String(parts[2])), site.isInBlock else { throw Self.unknown(text) }
            guard layer == nil || layer == own else { throw .layerUnexpected(text, layer: layer ?? own) }
            self.init(site, own)
            return
        }
        guard let site = Self.short[text] ?? Site(rawValue: text) else { throw Self.unknown(text) }
        if site.isInBlock, layer == nil { throw .layerMissing(text) }
        if !site.isInBlock, let layer { throw .layerUnexpected(text, layer: layer) }
        self.init(site, layer)
    }

    /// Short names: the sites' own, and the two of TransformerLens's `get_act_name` that differ from them.
    private static let short: [String: Site] = {
        var names = Dictionary(uniqueKeysWithValues: Site.allCases.map { ("\($0)", $0) })
        names["pre"] = .mlp_pre
        names["post"] = .mlp_post
        return names
    }()

    /// The error for an unknown name, with the three nearest.
    private static func unknown(_ text: String) -> ActivationNameError {
        let known = Site.allCases.flatMap { site in [site.isInBlock ? "blocks.LAYER.\(site.rawValue)" : site.rawValue, "\(site)"]
        }
        // A name of any length is compared by its first hundred characters; none of ours is longer.
        let wanted = Array(text.prefix(100).utf8)
        let ranked = known.map { (distance(wanted, Array($0.utf8)), $0) }.sorted { $0 < $1 }
        return .unknown(text, near: ranked.prefix(3).map(\.1))
    }

    /// How many single-character changes lead from one text to the other (Levenshtein).
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = above
            }
        }
        return row[b.count]
    }
}
