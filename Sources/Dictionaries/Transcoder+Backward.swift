import Kernels
import Tensors

// The way back of one side, from the gradient at ŷ (scratch.dReconstruction) to the five parameters; λ' = λ/N, p the penalty:
//
// 1. df = dŷ W_decᵀ on active features, plus λ' n_a p'(n_a f); the sum of p is the sparsity term.
// 2. dW_dec = fᵀ dŷ, plus the penalty's way through n_a: λ' Σ_t f p'(n_a f) · W_dec[a]/n_a (0 where n_a is 0). With rows of unit norm,
//    n_a is 1 and what is parallel to the row is taken out of its gradient instead.
// 3. db_out = Σ dŷ.
// 4. dW_enc = (x − b_in)ᵀ dpre = xᵀ dpre − b_in ⊗ db_enc, db_enc = Σ dpre, db_in = −Σ dpre W_encᵀ = −W_enc db_enc.
// 5. The thresholds: see ThresholdGradient.

/// What the way back of one side is told.
struct BackwardRule: Sendable {
    /// p, and whether it is a count of active features, which has no slope.
    var penalty: SparsityPenalty
    /// ε under the penalty's root.
    var epsilon: Float
    /// λ/N.
    var lambda: Float
    /// What is held about the norms of W_dec's rows.
    var decoderNorm: DecoderNorm
    /// The thresholds' bandwidth, where they are trained.
    var bandwidth: Float?

    /// As the kernels know it.
    var kernelPenalty: ActivationPenalty {
        switch penalty {
        case .root: .root(epsilon: epsilon)
        case .l1: .linear
        case .count, .none: .none
        }
    }
}

extension Transcoder {
    /// Writes the gradient of one side.
    ///
    /// - Parameters:
    ///   - x: [N, D] what was encoded.
    ///   - rule: The penalty and the norms.
    ///   - scratch: The side's buffers after the forward pass, with the gradient at ŷ.
    ///   - gradient: out.
    /// - Returns: Σ of the penalty over tokens and features, without λ.
    func backward(
        _ x: Span<Float>, _ rule: BackwardRule, _ scratch: inout TranscoderScratch, gradient: inout Transcoder
    ) -> Double {
        prepareNorms(rule, &scratch.norms, &scratch.dNorms)
        var penalty =
            switch scratch.path {
            case .dense: backwardDense(x, rule, &scratch, &gradient)
            case .sparse: backwardSparse(x, rule, &scratch, &gradient)
            }
        if rule.penalty == .count { penalty = Double(scratch.activeCount) }
        if rule.decoderNorm == .unit { removeParallel(&gradient.W_dec) }
        columnSums(scratch.dReconstruction, into: &gradient.b_out)
        matrixVector(W_enc, gradient.b_enc, alpha: -1, into: &gradient.b_in)
        return penalty
    }

    private func prepareNorms(_ rule: BackwardRule, _ norms: inout [Float], _ dNorms: inout [Float]) {
        for feature in dNorms.indices { dNorms[feature] = 0 }
        switch rule.decoderNorm {
        case .free: rowNorms(W_dec, into: &norms)
        case .unit: for feature in norms.indices { norms[feature] = 1 }
        }
    }

    /// What of each row of W_dec its gradient gets by way of its norm: dn_a/n_a.
    private func normFactors(_ rule: BackwardRule, _ norms: [Float], _ dNorms: inout [Float]) {
        for feature in dNorms.indices {
            let isMoved = rule.decoderNorm == .free && norms[feature] > 0
            dNorms[feature] = isMoved ? dNorms[feature] / norms[feature] : 0
        }
    }

    /// Steps 1, 2 and 4 as matrix products.
    private func backwardDense(
        _ x: Span<Float>, _ rule: BackwardRule, _ scratch: inout TranscoderScratch, _ gradient: inout Transcoder
    ) -> Double {
        let (D, F, out) = (shape.d_model, shape.d_sae, shape.d_out), count = scratch.f.count / F
        gemm(count, F, out, scratch.dReconstruction, W_dec, into: &scratch.df, transposeB: true)
        let penalty = penalise(
            rule.kernelPenalty, scratch.f, norms: scratch.norms, df: &scratch.df, normGradient: &scratch.dNorms,
            lambda: rule.lambda)
        normFactors(rule, scratch.norms, &scratch.dNorms)
        gemm(F, out, count, scratch.f, scratch.dReconstruction, into: &gradient.W_dec, transposeA: true)
        columnSums(scratch.df, into: &gradient.b_enc)
        outer(b_in, gradient.b_enc, alpha: -1, into: &gradient.W_enc)
        addProduct(D, F, count, x, scratch.df, to: &gradient.W_enc)
        addRows(scratch.dNorms, W_dec, columns: out, to: &gradient.W_dec)
        return penalty
    }

    private func addProduct(_ D: Int, _ F: Int, _ count: Int, _ x: Span<Float>, _ df: [Float], to dW_enc: inout [Float]) {
        var out = dW_enc.mutableSpan
        gemm(D, F, count, x, df.span, into: &out, beta: 1, transposeA: true)
    }

    /// Steps 1, 2 and 4 on active features only.
    private func backwardSparse(
        _ x: Span<Float>, _ rule: BackwardRule, _ scratch: inout TranscoderScratch, _ gradient: inout Transcoder
    ) -> Double {
        resize(&scratch.df, scratch.active.count, filler: 0)
        gatherDot(
            scratch.active, left: scratch.dReconstruction, rows: W_dec, columns: shape.d_out, into: &scratch.df)
        let penalty = featureGradient(
            rule, active: scratch.active, norms: scratch.norms, df: &scratch.df, dNorms: &scratch.dNorms)
        normFactors(rule, scratch.norms, &scratch.dNorms)
        scratch.byFeature.sort(scratch.active, d_sae: shape.d_sae)
        scratch.byFeature.place(gradients: scratch.df)
        gatherByFeature(x, scratch, &gradient)
        return penalty
    }

    /// Step 1 on active features only; dNorms is step 2's second part.
    private func featureGradient(
        _ rule: BackwardRule, active: borrowing SparseRows, norms: [Float], df: inout [Float], dNorms: inout [Float]
    ) -> Double {
        let indices = active.indices.span, values = active.values.span, lambda = rule.lambda, half = lambda / 2
        var penalty = 0.0
        switch rule.penalty {
        case .root:
            // A feature that is not active adds √ε to the sum and nothing to the gradient.
            penalty = Double(active.rows * shape.d_sae - indices.count) * Double(rule.epsilon).squareRoot()
            for entry in indices.indices {
                let feature = Int(indices[entry]), f = values[entry], norm = norms[feature]
                let root = (norm * f + rule.epsilon).squareRoot(), slope = half / root
                penalty += Double(root)
                df[entry] += slope * norm
                dNorms[feature] += slope * f
            }
        case .l1:
            for entry in indices.indices {
                let feature = Int(indices[entry]), f = values[entry], norm = norms[feature]
                penalty += Double(norm * f)
                df[entry] += lambda * norm
                dNorms[feature] += lambda * f
            }
        case .count, .none: break
        }
        return penalty
    }

    /// dW_dec, dW_enc and db_enc from the entries sorted by feature; the norms' part of dW_dec with them.
    private func gatherByFeature(_ x: Span<Float>, _ scratch: borrowing TranscoderScratch, _ gradient: inout Transcoder) {
        let byFeature = scratch.byFeature
        gatherSum(
            byFeature, byFeature.values, rows: scratch.dReconstruction.span, columns: shape.d_out, base: W_dec,
            factors: scratch.dNorms, into: &gradient.W_dec)
        for feature in 0..<shape.d_sae {
            var sum: Float = 0
            for entry in byFeature.range(feature) { sum += byFeature.gradients[entry] }
            gradient.b_enc[feature] = sum
        }
        gatherSumTransposed(
            byFeature, byFeature.gradients, rows: x, columns: shape.d_model, base: b_in, factors: gradient.b_enc.map { -$0 },
            into: &gradient.W_enc)
    }

    /// Takes what is parallel to W_dec's rows, which have unit norm, out of their gradients.
    private func removeParallel(_ dW_dec: inout [Float]) {
        forEachRow(of: &dW_dec, width: shape.d_out) { feature, target in
            let row = W_dec.span.extracting(feature * shape.d_out..<(feature + 1) * shape.d_out)
            axpy(-dot(target.span, row), row, &target)
        }
    }

    /// Gives W_dec's rows unit norm; a row of zeros stays as it is.
    mutating func normaliseDecoder() {
        Self.normaliseRows(&W_dec, width: shape.d_out)
    }

    private static func normaliseRows(_ rows: inout [Float], width: Int) {
        forEachRow(of: &rows, width: width) { _, row in
            let norm = dot(row.span, row.span).squareRoot()
            if norm > 0 { for column in row.indices { row[column] /= norm } }
        }
    }
}
