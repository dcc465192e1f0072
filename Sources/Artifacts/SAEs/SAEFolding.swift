internal import API
private import Checkpoints
internal import Dictionaries
internal import GPT2
internal import JSON
internal import Tensors

// Whatever the conventions of a published autoencoder, it becomes f = gate((z − b_dec) W_enc + b_enc), ẑ = f W_dec + b_dec of this model's own
// activation z. In this order, each exact but for rounding:
//
// 1. `rescale_acts_by_decoder_norm`: features compare by what they write, so each column of W_enc, and its b_enc, times the norm n of its
//    decoder row; the row divided by it.
// 2. `finetuning_scaling_factor`: each decoder row times its feature's factor.
// 3. `expected_average_only_in`, inputs times s: W_enc·s, W_dec/s, b_dec/s.
// 4. `apply_b_dec_to_input` false: b_enc + b_dec W_enc, so that subtracting b_dec changes nothing.
// 5. TransformerLens's processing. Value biases folded away: its z is this z − b_V, so b_dec + b_V. Writing weights centred: its residual
//    stream is centre(r), so each column of W_enc is centred, and b_enc less mean(column)·Σ b_dec; what is reconstructed is centre(r),
//    which every LayerNorm reads as r.
//
// *Source:* sae-lens 6.54.12, `saes/sae.py`, `saes/topk_sae.py`; TransformerLens `fold_layer_norm`, `center_writing_weights`,
// `fold_value_biases`.

/// An autoencoder in this house's form, and what was folded to make it so.
struct SAEFolding {
    private(set) var autoencoder: Autoencoder
    /// What was folded, in words.
    private(set) var steps: [String] = []
    /// Whether what is reconstructed is the activation less its mean over the elements.
    private(set) var isCentred = false
    private let D: Int, F: Int

    /// Folds a file's tensors.
    ///
    /// - Parameters:
    ///   - tensors: As its configuration calls for them.
    ///   - cfg: The configuration.
    ///   - scalingFactor: The factor of `expected_average_only_in`.
    ///   - processing: How the model's weights were processed.
    ///   - model: The model, whose sizes have been checked.
    /// - Throws: ``GPT2Error`` for a layer that is not there, `SAEConfigurationError` for factors that contradict the configuration.
    init(
        _ tensors: SAETensors, _ cfg: SAEConfiguration, scalingFactor: Float?, processing: WeightProcessing, _ model: GPT2Model
    ) throws {
        (D, F) = (cfg.d_in, cfg.d_sae)
        autoencoder = Autoencoder(zeros: AutoencoderShape(d_in: D, d_sae: F))
        let values = tensors.values
        autoencoder.W_enc = Self.transposed(values["W_enc"] ?? [], rows: D, columns: F)
        autoencoder.b_enc = values["b_enc"] ?? []
        autoencoder.W_dec = values["W_dec"] ?? []
        autoencoder.b_dec = values["b_dec"] ?? []
        // A negative threshold lets nothing through that ReLU does not.
        switch cfg.architecture {
        case .standard: break
        case .topk: autoencoder.gate = .largest(min(cfg.k ?? F, F))
        case .jumprelu, .batchtopk:
            let threshold = values["threshold"] ?? Array(repeating: values["topk_threshold"]?.first ?? 0, count: F)
            autoencoder.gate = .threshold(threshold.map { max($0, 0) })
        }
        if cfg.rescalesByDecoderNorm { foldDecoderNorms() }
        try foldOutputFactors(values, cfg)
        if cfg.scalesInput, let scalingFactor { foldInputScale(scalingFactor) }
        if !cfg.appliesDecoderBias { foldMissingDecoderBias() }
        try foldProcessing(processing, cfg, model)
    }

    private static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
        var out = [Float](repeating: 0, count: values.count)
        // In blocks, so that lines of both stay in the cache.
        let block = 32
        for firstRow in stride(from: 0, to: rows, by: block) {
            for firstColumn in stride(from: 0, to: columns, by: block) {
                for row in firstRow..<min(firstRow + block, rows) {
                    for column in firstColumn..<min(firstColumn + block, columns) {
                        out[column * rows + row] = values[row * columns + column]
                    }
                }
            }
        }
        return out
    }

    private mutating func foldDecoderNorms() {
        for feature in 0..<F {
            let row = feature * D..<(feature + 1) * D
            let norm = Float(row.reduce(0.0) { $0 + Double(autoencoder.W_dec[$1]) * Double(autoencoder.W_dec[$1]) }.squareRoot())
            autoencoder.b_enc[feature] *= norm
            for place in row {
                autoencoder.W_enc[place] *= norm
                if norm > 0 { autoencoder.W_dec[place] /= norm }
            }
        }
        steps.append("the norms of W_dec's rows into W_enc and b_enc (rescale_acts_by_decoder_norm)")
    }

    private mutating func foldOutputFactors(_ values: [String: [Float]], _ cfg: SAEConfiguration) throws(SAEConfigurationError) {
        guard let factors = values["finetuning_scaling_factor"] ?? values["scaling_factor"] else {
            if cfg.hasOutputFactors {
                throw .unsupported(
                    key: "finetuning_scaling_factor", value: "true", supported: "false where no tensor scaling_factor is")
            }
            return
        }
        // Some versions wrote ones whether they were used or not.
        if factors.allSatisfy({ $0 == 1 }) { return }
        guard cfg.hasOutputFactors else {
            throw .unsupported(
                key: "finetuning_scaling_factor", value: "false",
                supported: "true where the tensor scaling_factor is not all ones")
        }
        for feature in 0..<F { for place in feature * D..<(feature + 1) * D { autoencoder.W_dec[place] *= factors[feature] } }
        steps.append("each feature's factor into its row of W_dec (finetuning_scaling_factor)")
    }

    private mutating func foldInputScale(_ factor: Float) {
        for place in autoencoder.W_enc.indices { autoencoder.W_enc[place] *= factor }
        for place in autoencoder.W_dec.indices { autoencoder.W_dec[place] /= factor }
        for place in autoencoder.b_dec.indices { autoencoder.b_dec[place] /= factor }
        steps.append("the input's factor \(factor) into W_enc, W_dec and b_dec (expected_average_only_in)")
    }

    private mutating func foldMissingDecoderBias() {
        for feature in 0..<F { autoencoder.b_enc[feature] += Float(decoderBiasProduct(feature)) }
        steps.append("b_dec W_enc into b_enc (apply_b_dec_to_input false)")
    }

    private func decoderBiasProduct(_ feature: Int) -> Double {
        (0..<D).reduce(0.0) { $0 + Double(autoencoder.b_dec[$1]) * Double(autoencoder.W_enc[feature * D + $1]) }
    }

    private mutating func foldProcessing(_ processing: WeightProcessing, _ cfg: SAEConfiguration, _ model: GPT2Model) throws {
        switch (processing, cfg.site) {
        case (.folded, .z):
            let b_V = try model.attentionBiases(cfg.layer).b_V.values
            for place in 0..<D { autoencoder.b_dec[place] += b_V[place] }
            steps.append("b_V into b_dec (its model's value biases were folded away)")
        case (.folded, .resid_pre), (.centred, .resid_pre), (.folded, .attn_out), (.centred, .attn_out):
            centreEncoder()
            isCentred = true
            steps.append("the mean of the activation out of W_enc (its model wrote with mean zero)")
        default: break
        }
    }

    private mutating func centreEncoder() {
        let biases = autoencoder.b_dec.reduce(0.0) { $0 + Double($1) }
        for feature in 0..<F {
            let row = feature * D..<(feature + 1) * D
            let mean = row.reduce(0.0) { $0 + Double(autoencoder.W_enc[$1]) } / Double(D)
            for place in row { autoencoder.W_enc[place] = Float(Double(autoencoder.W_enc[place]) - mean) }
            autoencoder.b_enc[feature] = Float(Double(autoencoder.b_enc[feature]) - mean * biases)
        }
    }
}
