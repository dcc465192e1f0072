private import API
private import Attribution
private import Checkpoints
private import Dictionaries
private import GPT2
public import JSON
private import Tensors
public import Tokenizer

// Whether a published autoencoder does here what its authors say (the silent errors of conventions):
//
// 1. L0 and explained variance on some contexts of a text, under the conventions that it is read by.
// 2. Where they do not fit what was published, or it explains nothing at all, the same under the other ways of processing a model's weights:
//    if one of them fits, it is named.

/// What an autoencoder reaches on a sample, beside what was published.
public struct ImportCheck: Sendable {
    /// The figures measured, and what they were measured on, as a record keeps them.
    public let evaluation: JSON
    /// What does not fit of the figures, in words; empty if all does.
    public let warnings: [String]
}

extension ImportedSAE {
    /// Explained less than this, an autoencoder is not what it is taken for.
    private static let leastExplainedVariance = 0.0
    /// Contexts that go through the model at once.
    private static let batchSize = 8

    /// What is to be said of it before anything is measured.
    public var reservations: [String] {
        configuration.prependsBOS
            ? [] : ["its contexts had no BOS (prepend_bos false), and contexts that are read from texts here begin with one"]
    }

    /// The figures of this autoencoder, and of its file under other conventions.
    ///
    /// - Parameters:
    ///   - model: The model that it is for.
    ///   - contexts: What it is measured on.
    ///   - corpus: What the text is called.
    ///   - reread: Reads the file under another convention.
    /// - Throws: ``GPT2Error``, and what `reread` throws.
    /// - Complexity: a forward pass up to the layer, and 2·D·F flops, for each token and convention.
    public func check(
        _ model: LoadedModel, on contexts: Contexts, corpus: String, reread: (WeightProcessing) throws -> ImportedSAE
    ) throws -> ImportCheck {
        let own = try figures(model, contexts)
        var record: JSONObject = [
            "tokens": .integer(own.tokens), "L0": .real(own.L0), "contexts": .integer(contexts.count), "corpus": .string(corpus),
            "is_sample": true,
        ]
        record["explained_variance"] = own.explainedVariance.map { .real($0) }
        record["published"] = published?.json
        var found = mismatches(own)
        if !found.isEmpty && description == nil {
            for other in WeightProcessing.allCases where other != processing && configuration.site != .ln1_x {
                let figures = try reread(other).figures(model, contexts)
                if mismatches(figures).isEmpty {
                    found.append(
                        "with processing \(other.rawValue) instead of \(processing.rawValue) \(PublishedFigures.fittingWords)")
                }
            }
        }
        if !found.isEmpty { record["fits_published"] = false } else if published != nil { record["fits_published"] = true }
        return ImportCheck(evaluation: .object(record), warnings: found)
    }

    private func mismatches(_ figures: ReconstructionFigures) -> [String] {
        var found = published?.mismatches(L0: figures.L0, explained_variance: figures.explainedVariance) ?? []
        if published?.explained_variance == nil, let explained = figures.explainedVariance,
            explained < Self.leastExplainedVariance
        {
            found.append("\(PublishedFigures.worseWords) (explained variance \((explained * 1000).rounded() / 1000))")
        }
        return found
    }

    private func figures(_ model: LoadedModel, _ contexts: Contexts) throws -> ReconstructionFigures {
        let name = configuration.site.activation(configuration.layer)
        var figures = ReconstructionFigures(autoencoder, centred: reconstructsCentred)
        for first in stride(from: 0, to: contexts.count, by: Self.batchSize) {
            let count = min(Self.batchSize, contexts.count - first)
            let batch = TokenBatch(try contexts.batch(first..<first + count), B: count, T: contexts.T)
            figures.add(try model.gpt2.forward(batch, capture: [name])[name].values)
        }
        return figures
    }
}
