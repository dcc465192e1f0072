public import API
public import Dictionaries

// From what a call asks for to what a training does: the preset, then what the call says otherwise. The daemon and the worker both go
// this way, the daemon to record the result with the job.

extension DictionariesTrain.Params {
    /// The parameters with everything that the preset decides written out; a preset of these parameters changes nothing more.
    ///
    /// - Throws: ``ParameterError`` for settings that do not go together.
    public func resolved() throws(ParameterError) -> DictionariesTrain.Params {
        var params = self
        params.d_sae_query = d_sae_query ?? [preset.d_sae]
        params.steps = steps ?? preset.steps
        params.batch_sequences = batch_sequences ?? preset.batchSequences
        let recipe = try params.recipe()
        params.learning_rate = learning_rate ?? Double(recipe.schedule.learningRate).shortest
        params.sparsity = sparsity ?? Double(recipe.schedule.lambda).shortest
        params.sparsity_epsilon = sparsity_epsilon ?? Double(recipe.epsilon).shortest
        switch recipe.activation {
        case .relu(let penalty): (params.activation, params.penalty) = (.relu, penalty == .l1 ? .l1 : .root)
        case .topk(let k): (params.activation, params.k) = (.topk, k)
        case .batchtopk(let k): (params.activation, params.k) = (.batchtopk, k)
        case .jumprelu(_, let bandwidth):
            (params.activation, params.bandwidth) = (.jumprelu, self.bandwidth ?? Double(bandwidth).shortest)
        }
        params.decoder_norm = recipe.decoderNorm == .unit ? .unit : .free
        params.auxiliary_k = recipe.auxiliary?.k ?? 0
        params.resample_every = recipe.resampling?.every ?? 0
        return params
    }

    /// How the dictionaries are trained.
    ///
    /// - Throws: ``ParameterError`` for settings that do not go together.
    public func recipe() throws(ParameterError) -> TrainingRecipe {
        var recipe = preset.recipe(steps: steps ?? preset.steps)
        if let learning_rate { recipe.schedule.learningRate = Float(learning_rate) }
        if let sparsity { recipe.schedule.lambda = Float(sparsity) }
        if let sparsity_epsilon { recipe.epsilon = Float(sparsity_epsilon) }
        recipe.schedule.mu = Float(mse)
        recipe.schedule.muShare = mse > 0 ? mse_warm_share : nil
        recipe.activation = try activation(of: recipe)
        if let decoder_norm { recipe.decoderNorm = decoder_norm == .unit ? .unit : .free }
        if let auxiliary_k { recipe.auxiliary = auxiliary_k > 0 ? .init(k: auxiliary_k) : nil }
        if let resample_every { recipe.resampling = resample_every > 0 ? .init(every: resample_every) : nil }
        return recipe
    }

    private func activation(of preset: TrainingRecipe) throws(ParameterError) -> TrainingRecipe.Activation {
        let presetK: Int? =
            switch preset.activation {
            case .topk(let k), .batchtopk(let k): k
            case .relu, .jumprelu: nil
            }
        let sizes = d_sae_query ?? [self.preset.d_sae], fewest = (sizes + (d_sae_key ?? [])).min() ?? 1
        let k = self.k ?? min(presetK ?? Self.defaultK, fewest)
        let chosen: TrainingRecipe.Activation =
            switch activation {
            case nil: presetK == nil || self.k == nil && k == presetK ? preset.activation : preset.activation.with(k: k)
            case .relu: .relu(penalty == .l1 ? .l1 : .root)
            case .topk: .topk(k: k)
            case .batchtopk: .batchtopk(k: k)
            case .jumprelu: .jumprelu(threshold: Self.firstThreshold, bandwidth: Float(bandwidth ?? Self.defaultBandwidth))
            }
        return try checked(penalty == nil ? chosen : chosen.with(penalty: penalty == .l1 ? .l1 : .root), k: k, fewest: fewest)
    }

    /// Refuses settings that the activation has no use for.
    private func checked(
        _ activation: TrainingRecipe.Activation, k: Int, fewest: Int
    ) throws(ParameterError) -> TrainingRecipe.Activation {
        switch activation {
        case .relu:
            if self.k != nil { throw ParameterError("k", "k is for the activations topk and batchtopk; relu takes sparsity") }
        case .topk, .batchtopk:
            if k > fewest { throw ParameterError("k", "k is \(k), but the smaller side has \(fewest) features") }
            if penalty != nil { throw ParameterError("penalty", "penalty is for the activation relu; topk and batchtopk take k") }
        case .jumprelu:
            if self.k != nil { throw ParameterError("k", "k is for the activations topk and batchtopk; jumprelu takes sparsity") }
            if penalty != nil { throw ParameterError("penalty", "penalty is for the activation relu; jumprelu counts features") }
        }
        if bandwidth != nil, activation.isNotJumpReLU {
            throw ParameterError("bandwidth", "bandwidth is for the activation jumprelu")
        }
        return activation
    }

    /// *Source:* specification 1.4, the recommended preset.
    private static let defaultK = 16
    /// JumpReLU's first threshold and its kernel's width.
    ///
    /// *Source:* "Jumping ahead" (Rajamanoharan and others, 2024), appendix.
    private static let firstThreshold: Float = 0.001, defaultBandwidth = 0.001
}

extension TrainingRecipe.Activation {
    fileprivate var isNotJumpReLU: Bool {
        switch self {
        case .relu, .topk, .batchtopk: true
        case .jumprelu: false
        }
    }

    fileprivate func with(k: Int) -> Self {
        switch self {
        case .topk: .topk(k: k)
        case .batchtopk: .batchtopk(k: k)
        case .relu, .jumprelu: self
        }
    }

    fileprivate func with(penalty: SparsityPenalty) -> Self {
        switch self {
        case .relu: .relu(penalty)
        case .topk, .batchtopk, .jumprelu: self
        }
    }
}

extension TrainingPreset {
    /// *Source:* specification 1.4: 200 M and 100 M tokens in steps of 2048.
    fileprivate var steps: Int {
        switch self {
        case .demo: 1500
        case .recommended: 48_828
        case .asPublished, .published2024_08: 97_656
        }
    }

    /// *Source:* the reference trainer for the embedded model; specification 1.4.
    fileprivate var d_sae: Int {
        switch self {
        case .demo: 512
        case .recommended, .asPublished, .published2024_08: 2400
        }
    }

    /// *Source:* specification 1.4: 2048 tokens in contexts of 256.
    fileprivate var batchSequences: Int {
        switch self {
        case .demo: 16
        case .recommended, .asPublished, .published2024_08: 8
        }
    }

    fileprivate func recipe(steps: Int) -> TrainingRecipe {
        switch self {
        case .demo: .demo(steps: steps)
        case .recommended: .recommended(steps: steps)
        case .asPublished: .asPublished(steps: steps)
        case .published2024_08: .published2024_08(steps: steps)
        }
    }
}

extension Double {
    /// The shortest decimal that is the same number in single precision: 0.004 for what 4e-3 becomes there.
    fileprivate var shortest: Double { Double(Float(self).description) ?? self }
}
