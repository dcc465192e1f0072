public import API
public import Dictionaries

// From what a call asks for to what a training does: the preset, then what the call says otherwise. The daemon and the worker both go
// this way, the daemon to record the result with the job.

extension SAEsTrain.Params {
    /// The parameters with everything that the preset decides written out; a preset of these parameters changes nothing more.
    ///
    /// - Parameters:
    ///   - width: How many elements the activation has for each token.
    ///   - context: The length of a context.
    ///   - n_layers: How many layers the model has.
    /// - Throws: ``ParameterError`` for settings that do not go together.
    public func resolved(width: Int, context: Int, n_layers: Int) throws(ParameterError) -> SAEsTrain.Params {
        var params = self
        params.context = context
        params.d_sae = d_sae ?? preset.expansion * width
        params.batch_sequences = batch_sequences ?? max(1, preset.batchTokens / context)
        params.shuffle_steps = shuffle_steps ?? preset.shuffleSteps
        params.steps = steps ?? preset.steps
        if params.sparsity == nil, let published = preset.publishedSparsity, published.count == n_layers {
            params.sparsity = layers.map { published[$0] }
        }
        let recipe = try params.recipe(layer: 0)
        params.learning_rate = learning_rate ?? Double(recipe.learningRate).shortest
        switch recipe.activation {
        case .relu: params.activation = .relu
        case .topk(let k): (params.activation, params.k) = (.topk, k)
        case .batchtopk(let k): (params.activation, params.k) = (.batchtopk, k)
        case .jumprelu(_, let bandwidth):
            (params.activation, params.bandwidth) = (.jumprelu, self.bandwidth ?? Double(bandwidth).shortest)
        }
        if params.k == nil { params.sparsity = params.sparsity ?? [Double(recipe.lambda).shortest] }
        if params.k != nil { params.auxiliary_k = recipe.auxiliary?.k ?? 0 }
        params.resample_every = recipe.resampling?.every ?? 0
        params.dead_frequency = recipe.resampling?.deadFrequency
        return params
    }

    /// How the autoencoder of `layers[layer]` is trained.
    ///
    /// - Throws: ``ParameterError`` for settings that do not go together.
    public func recipe(layer index: Int) throws(ParameterError) -> AutoencoderRecipe {
        var recipe = preset.recipe(steps: steps ?? preset.steps)
        if let learning_rate { recipe.learningRate = Float(learning_rate) }
        if let activation { recipe.activation = try chosen(activation, recipe) }
        switch recipe.activation {
        case .topk, .batchtopk:
            if let k { recipe.activation = try chosen(recipe.activation.kind, recipe, k: k) }
            if sparsity != nil {
                throw ParameterError("sparsity", "sparsity is for the activations relu and jumprelu; this one takes k")
            }
            if let auxiliary_k { recipe.auxiliary = auxiliary_k > 0 ? .init(k: auxiliary_k) : nil }
        case .relu, .jumprelu:
            if k != nil { throw ParameterError("k", "k is for the activations topk and batchtopk; this one takes sparsity") }
            if auxiliary_k ?? 0 > 0 {
                throw ParameterError("auxiliary_k", "auxiliary_k is for the activations topk and batchtopk")
            }
            recipe.auxiliary = nil
        }
        if case .jumprelu(let threshold, let width) = recipe.activation {
            recipe.activation = .jumprelu(threshold: threshold, bandwidth: bandwidth.map { Float($0) } ?? width)
        } else if bandwidth != nil {
            throw ParameterError("bandwidth", "bandwidth is for the activation jumprelu")
        }
        if let sparsity {
            guard sparsity.count == 1 || sparsity.count == layers.count else {
                throw ParameterError(
                    "sparsity",
                    "sparsity has \(sparsity.count) weights for \(layers.count) layers; give one for each or one for all")
            }
            recipe.lambda = Float(sparsity.count == 1 ? sparsity[0] : sparsity[index])
        } else if recipe.lambda == 0 {
            recipe.lambda = recipe.activation.usualLambda
        }
        try setResampling(&recipe)
        return recipe
    }

    private func setResampling(_ recipe: inout AutoencoderRecipe) throws(ParameterError) {
        if let resample_every { recipe.resampling = resample_every > 0 ? .init(every: resample_every) : nil }
        guard let dead_frequency else { return }
        guard recipe.resampling != nil else {
            throw ParameterError("dead_frequency", "dead_frequency is for trainings with resample_every")
        }
        recipe.resampling?.deadFrequency = dead_frequency
    }

    private func chosen(
        _ activation: FeatureActivation, _ preset: AutoencoderRecipe, k: Int? = nil
    ) throws(ParameterError) -> AutoencoderRecipe.Activation {
        let k = k ?? self.k ?? preset.activation.k ?? Self.defaultK
        if let d_sae, k > d_sae, activation == .topk || activation == .batchtopk {
            throw ParameterError("k", "k is \(k), but there are \(d_sae) features")
        }
        return switch activation {
        case .relu: .relu
        case .topk: .topk(k: k)
        case .batchtopk: .batchtopk(k: k)
        case .jumprelu: .jumprelu(threshold: Self.firstThreshold, bandwidth: Self.defaultBandwidth)
        }
    }

    /// *Source:* Gao and others, 2024.
    private static let defaultK = 32
    /// *Source:* Rajamanoharan and others, 2024, appendix.
    private static let firstThreshold: Float = 0.001, defaultBandwidth: Float = 0.001
}

extension AutoencoderRecipe.Activation {
    fileprivate var kind: FeatureActivation {
        switch self {
        case .relu: .relu
        case .topk: .topk
        case .batchtopk: .batchtopk
        case .jumprelu: .jumprelu
        }
    }

    /// λ where neither the call nor the preset has one: that of the preset of this activation.
    fileprivate var usualLambda: Float {
        switch self {
        case .relu: AutoencoderRecipe.kissane2024(steps: 1).lambda
        case .jumprelu: AutoencoderRecipe.jumprelu(steps: 1).lambda
        case .topk, .batchtopk: 0
        }
    }

    fileprivate var k: Int? {
        switch self {
        case .topk(let k), .batchtopk(let k): k
        case .relu, .jumprelu: nil
        }
    }
}

extension SAEPreset {
    /// Features for each element of the activation.
    ///
    /// *Source:* specification 3.1: 24,576 for 768.
    fileprivate var expansion: Int { self == .demo ? 8 : 32 }

    /// *Source:* specification 3.2.
    fileprivate var batchTokens: Int { self == .demo ? 2048 : 4096 }

    /// From how many steps' contexts a step's tokens are drawn: of 8 steps, those of 256 contexts of 128.
    fileprivate var shuffleSteps: Int { self == .demo ? 4 : 8 }

    /// *Source:* specification 3.2: 10⁸ tokens in steps of 4096.
    fileprivate var steps: Int { self == .demo ? 1500 : 24_414 }

    /// λ of each layer of GPT-2 small.
    ///
    /// *Source:* specification 3.2.
    fileprivate var publishedSparsity: [Double]? {
        self == .kissane2024 ? [1.8, 0.8, 1.0, 0.9, 1.1, 1.0, 1.1, 1.1, 1.3, 1.2, 1.3, 3.0] : nil
    }

    fileprivate func recipe(steps: Int) -> AutoencoderRecipe {
        switch self {
        case .demo: .demo(steps: steps)
        case .kissane2024: .kissane2024(steps: steps)
        case .topk: .topk(steps: steps)
        case .batchtopk: .batchtopk(steps: steps)
        case .jumprelu: .jumprelu(steps: steps)
        }
    }
}

extension Double {
    /// The shortest decimal that is the same number in single precision.
    fileprivate var shortest: Double { Double(Float(self).description) ?? self }
}
