private import Checkpoints
public import Dictionaries
public import GPT2
private import Kernels
private import Tensors

// What attention-output features do for a task's answer (specification 3.8):
//
// 1. Prompt by prompt, at the places asked about: the active features, and what each is given by which of the prompt's places (DFA).
// 2. The features with the largest mean activation at each place are studied.
// 3. Each is taken away there, f_i d_i subtracted from z, the error kept: what that takes from the logit difference. Beside it, what
//    taking the error away does.
// 4. The prompts with a word changed: how often and how strongly the same features are active.

/// A prompt of a task: its answer, and what the task calls its tokens.
public struct PlacedPrompt: Sendable {
    /// [T].
    public let tokens: [Int32]
    /// What should follow.
    public let answer: Answer
    /// The places that have names.
    public let places: [String: Int]

    /// A prompt.
    public init(tokens: [Int32], answer: Answer, places: [String: Int]) {
        (self.tokens, self.answer, self.places) = (tokens, answer, places)
    }

    /// What a token is called: by its place, else `first` for the first, else `other`.
    ///
    /// Of several places at one token the one that comes first by name stands.
    func name(of token: Int) -> String {
        places.filter { $0.value == token }.keys.min() ?? (token == 0 ? "first" : "other")
    }
}

/// What a feature does at a place of a task's prompts.
public struct AnswerFeature: Sendable {
    /// The place.
    public let place: String
    /// The feature.
    public let feature: Int32
    /// In how many prompts it is active there.
    public internal(set) var prompts = 0
    /// Σ of its activations.
    public internal(set) var activation = 0.0
    /// Σ of what each of the prompts' places gives to it.
    public internal(set) var sources: [String: Double] = [:]
    /// In how many prompts each place gives most.
    public internal(set) var strongest: [String: Int] = [:]
    /// What its removal takes from each prompt's logit difference.
    public internal(set) var drops: [Double] = []
    /// In how many of the prompts with a word changed it is active there, and Σ of its activations.
    public internal(set) var changed = (prompts: 0, activation: 0.0)

    /// The place that gives most, over all prompts.
    public var pointsTo: String? { sources.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key }
}

/// The study of one layer's features in a task.
public struct AnswerFeatures: Sendable {
    /// A feature at a place.
    private struct Key: Hashable, Sendable {
        let place: String
        let feature: Int32
    }

    /// What the removal of the reconstruction's error takes from each prompt's logit difference, by place.
    public private(set) var errorDrops: [String: [Double]] = [:]
    /// The model's own logit differences, in the order in which they were measured.
    public private(set) var differences: [Double] = []
    /// How many prompts with a word changed were seen.
    public private(set) var changedPrompts = 0

    private let model: GPT2Model, layer: Int, autoencoder: Autoencoder
    private let places: [String]
    private var found: [Key: AnswerFeature] = [:]
    private var chosen: [Key] = []

    /// Nothing seen yet.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - layer: The layer.
    ///   - autoencoder: Of that layer's z, all heads side by side.
    ///   - places: Where features are asked about.
    public init(_ model: GPT2Model, layer: Int, _ autoencoder: Autoencoder, places: [String]) {
        (self.model, self.layer, self.autoencoder, self.places) = (model, layer, autoencoder, places)
    }

    /// Takes in a prompt: its active features and their sources.
    ///
    /// - Throws: ``GPT2Error``.
    public mutating func observe(_ prompt: PlacedPrompt) throws {
        let sources = try FeatureSources(model, layer: layer, autoencoder, tokens: prompt.tokens)
        for place in places {
            guard let destination = prompt.places[place] else { continue }
            for entry in sources.features.range(destination) {
                let key = Key(place: place, feature: sources.features.indices[entry])
                var feature = found[key] ?? AnswerFeature(place: place, feature: key.feature)
                feature.prompts += 1
                feature.activation += Double(sources.features.values[entry])
                var given: [String: Double] = [:]
                let bySource = sources.bySource(Int(key.feature), destination: destination)
                for source in 0...destination { given[prompt.name(of: source), default: 0] += bySource[source] }
                for (name, value) in given { feature.sources[name, default: 0] += value }
                if let most = given.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) {
                    feature.strongest[most.key, default: 0] += 1
                }
                found[key] = feature
            }
        }
    }

    /// Chooses the features that are studied: at each place those with the largest mean activation over all prompts.
    public mutating func choose(_ count: Int) {
        chosen = places.flatMap { place in
            found.filter { $0.key.place == place }
                .sorted { ($0.value.activation, $1.key.feature) > ($1.value.activation, $0.key.feature) }
                .prefix(count).map(\.key)
        }
    }

    /// Takes in a prompt with a word changed: the chosen features' activations.
    ///
    /// - Throws: ``GPT2Error``.
    public mutating func observeChanged(_ prompt: PlacedPrompt) throws {
        let z = ActivationName(.z, layer), D = autoencoder.shape.d_in
        let values = try model.forward(TokenBatch(prompt.tokens), capture: [z])[z].values
        changedPrompts += 1
        for place in places {
            guard let token = prompt.places[place] else { continue }
            let f = autoencoder.encode(Array(values[token * D..<(token + 1) * D]))
            for entry in 0..<f.count {
                let key = Key(place: place, feature: f.indices[entry])
                guard chosen.contains(key) else { continue }
                found[key]?.changed.prompts += 1
                found[key]?.changed.activation += Double(f.values[entry])
            }
        }
    }

    /// Takes the chosen features away in prompts of one length, one after the other, and the errors.
    ///
    /// - Parameter breathe: Called after each pass.
    /// - Throws: ``GPT2Error``, and what `breathe` throws.
    /// - Complexity: a pass, and one from the layer on for each feature and place.
    public mutating func measure(_ prompts: [PlacedPrompt], _ breathe: () throws -> Void) throws {
        let T = prompts[0].tokens.count, D = autoencoder.shape.d_in
        let batch = QuestionBatch(
            numbers: Array(prompts.indices), batch: TokenBatch(prompts.flatMap(\.tokens), B: prompts.count, T: T),
            answers: prompts.map(\.answer))
        let name = ActivationName(.z, layer), stream = ActivationName(.resid_pre, layer)
        let output = ActivationName(.ln_final_normalized)
        let own = try model.forward(batch.batch, capture: [name, stream, output])
        let start = ResidualStart(layer: layer, resid_pre: own[stream]), z = own[name].values, f = autoencoder.encode(z)
        let before = batch.answerLogits(model, own[output]).compactMap { $0?.difference }
        differences += before

        /// What putting other rows in z's place takes from the logit differences.
        func drops(_ rows: [Int: [Float]]) throws -> [Double] {
            try breathe()
            if rows.isEmpty { return Array(repeating: 0, count: before.count) }
            let edit: GPT2Model.Edit = { span in
                for (row, values) in rows { for d in 0..<D { span[row * D + d] = values[d] } }
            }
            let changed = try model.forward(batch.batch, from: start, capture: [output], edits: [name: edit])
            return zip(before, batch.answerLogits(model, changed[output]).compactMap { $0?.difference }).map { $0 - $1 }
        }

        let reconstruction = autoencoder.decode(f)
        for place in places {
            let rows = prompts.enumerated().compactMap { b, prompt in prompt.places[place].map { b * T + $0 } }
            let bare = Dictionary(uniqueKeysWithValues: rows.map { ($0, Array(reconstruction[$0 * D..<($0 + 1) * D])) })
            errorDrops[place, default: []] += try drops(bare)
            for key in chosen where key.place == place {
                var without: [Int: [Float]] = [:]
                for row in rows {
                    guard let entry = f.range(row).first(where: { f.indices[$0] == key.feature }) else { continue }
                    let first = Int(key.feature) * D
                    without[row] = (0..<D).map { z[row * D + $0] - f.values[entry] * autoencoder.W_dec[first + $0] }
                }
                found[key]?.drops += try drops(without)
            }
        }
    }

    /// The chosen features, by place, the most active first.
    public var features: [AnswerFeature] { chosen.compactMap { found[$0] } }
}
