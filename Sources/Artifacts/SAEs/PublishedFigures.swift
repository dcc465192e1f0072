internal import API
public import JSON

/// What its authors say that an autoencoder reaches.
public struct PublishedFigures: Sendable, Hashable {
    /// Where they were published, or who said so.
    public let source: String
    /// Active features per token.
    public let L0: Double?
    /// The share of the variance that is explained.
    public let explained_variance: Double?

    /// Figures.
    public init(source: String, L0: Double?, explained_variance: Double?) {
        (self.source, self.L0, self.explained_variance) = (source, L0, explained_variance)
    }

    /// By layer, `gpt2-small-hook-z-kk`; negative ones are as they were published.
    ///
    /// *Source:* `pretrained_saes.yaml` of sae-lens 6.54.12.
    private static let attention: [(L0: Double, explained_variance: Double)] = [
        (3, 0.13), (23, 0.42), (16, 0.40), (15, 0.43), (14, 0.27), (17, 0.13), (17, 0), (19, -7.55), (23, -0.22), (23, -0.54),
        (14, -0.27), (9.4, -0.70),
    ]

    /// By layer, `gpt2-small-res-jb`: `hook_resid_pre` of layers 0 to 11, then `hook_resid_post` of layer 11.
    ///
    /// *Source:* `pretrained_saes.yaml` of sae-lens 6.54.12.
    private static let residual: [(L0: Double, explained_variance: Double)] = [
        (10, 0.999), (10, 0.999), (18, 0.999), (23, 0.999), (31, 0.9), (41, 0.9), (51, 0.9), (54, 0.9), (60, 0.9), (70, 0.77),
        (52, 0.77), (56, 0.77), (70, 0.77),
    ]

    /// The figures of an autoencoder of the two known releases, which are known by their sizes, hooks and model; nil for every other.
    package init?(of cfg: SAEConfiguration) {
        let isOfGPT2 = ["gpt2-small", "gpt2"].contains(cfg.model ?? "gpt2-small") && cfg.d_in == 768
        guard isOfGPT2, cfg.architecture == .standard else { return nil }
        switch (cfg.layout, cfg.site, cfg.d_sae) {
        case (.hook_z_kk, .z, 24_576), (.hook_z_kk, .z, 49_152):
            guard Self.attention.indices.contains(cfg.layer) else { return nil }
            let figures = Self.attention[cfg.layer]
            self.init(source: "gpt2-small-hook-z-kk", L0: figures.L0, explained_variance: figures.explained_variance)
        case (.sae_lens_5, .resid_pre, 24_576):
            guard Self.residual.indices.contains(cfg.layer) else { return nil }
            let figures = Self.residual[cfg.layer]
            self.init(source: "gpt2-small-res-jb", L0: figures.L0, explained_variance: figures.explained_variance)
        default: return nil
        }
    }
}

extension PublishedFigures {
    /// By what factor another L0 is another autoencoder's: texts differ by less.
    private static let L0Factor = 1.5
    /// By how much another explained variance is.
    private static let varianceMargin = 0.1

    /// What does not fit, in words; empty if all does.
    ///
    /// - Parameters:
    ///   - L0: Measured.
    ///   - explained_variance: Measured.
    public func mismatches(L0: Double, explained_variance: Double?) -> [String] {
        var found: [String] = []
        if let published = self.L0, !(published / Self.L0Factor...published * Self.L0Factor).contains(L0) {
            found.append("L0 is \(Self.rounded(L0)) here, and \(Self.rounded(published)) \(Self.publishedWords) (\(source))")
        }
        if let published = self.explained_variance, let measured = explained_variance,
            abs(measured - published) > Self.varianceMargin
        {
            found.append(
                "the explained variance is \(Self.rounded(measured)) here, and \(Self.rounded(published)) \(Self.publishedWords) (\(source))"
            )
        }
        return found
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    /// What an import says where there was nothing to measure.
    public static let unmeasured = "nothing was measured, for want of a corpus; saes.evaluate measures what it reaches"
    /// How a mismatch is told.
    private static let publishedWords = "was published"
    /// How another convention is told that figures would fit.
    static let fittingWords = "the figures would fit"

    /// How it is told that nothing is explained.
    static let worseWords = "it reconstructs worse than the mean does"

    /// Figures from a record; nil if it has none.
    init?(_ json: JSON) {
        guard let source = json["source"]?.string else { return nil }
        self.init(source: source, L0: json["L0"]?.number, explained_variance: json["explained_variance"]?.number)
    }

    /// The figures as a record keeps them.
    public var json: JSON {
        var json: JSONObject = ["source": .string(source)]
        json["L0"] = L0.map { .real($0) }
        json["explained_variance"] = explained_variance.map { .real($0) }
        return .object(json)
    }
}
