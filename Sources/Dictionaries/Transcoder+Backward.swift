import Kernels
import Tensors

// The way back of one side, from the gradient at ŷ (scratch.dReconstruction) to the five parameters:
//
// 1. df = dŷ W_decᵀ on active features, plus the penalty's λ' n_a/(2√(n_a f + ε)), λ' = λ/N; its sum is the sparsity term.
// 2. dW_dec = fᵀ dŷ, plus the penalty's way through n_a: λ' Σ_t f/(2√(n_a f + ε)) · W_dec[a]/n_a (0 where n_a is 0).
// 3. db_out = Σ dŷ.
// 4. dW_enc = (x − b_in)ᵀ dpre, db_enc = Σ dpre, db_in = −Σ dpre W_encᵀ = −W_enc db_enc.

extension Transcoder {
    /// Writes the gradient of one side.
    ///
    /// - Parameters:
    ///   - path: As the forward pass was run.
    ///   - lambda: λ/N.
    ///   - epsilon: ε.
    ///   - scratch: The side's buffers after the forward pass, with the gradient at ŷ.
    ///   - gradient: out.
    /// - Returns: Σ over tokens and features of √(n_a f + ε).
    func backward(
        path: ActivationPath, lambda: Float, epsilon: Float, _ scratch: inout TranscoderScratch, gradient: inout Transcoder
    ) -> Double {
        rowNorms(W_dec, into: &scratch.norms)
        for feature in 0..<shape.d_sae { scratch.dNorms[feature] = 0 }
        let penalty =
            switch path {
            case .dense: backwardDense(lambda: lambda, epsilon: epsilon, &scratch, &gradient)
            case .sparse: backwardSparse(lambda: lambda, epsilon: epsilon, &scratch, &gradient)
            }
        addNormGradient(scratch, &gradient.W_dec)
        columnSums(scratch.dReconstruction, into: &gradient.b_out)
        matrixVector(W_enc, gradient.b_enc, alpha: -1, into: &gradient.b_in)
        return penalty
    }

    /// Steps 1, 2 and 4 as matrix products.
    private func backwardDense(
        lambda: Float, epsilon: Float, _ scratch: inout TranscoderScratch, _ gradient: inout Transcoder
    ) -> Double {
        let (D, F, out) = (shape.d_model, shape.d_sae, shape.d_out), count = scratch.f.count / F
        gemm(count, F, out, scratch.dReconstruction, W_dec, into: &scratch.df, transposeB: true)
        let penalty = rootPenalty(
            scratch.f, norms: scratch.norms, df: &scratch.df, normGradient: &scratch.dNorms, epsilon: epsilon, lambda: lambda)
        gemm(F, out, count, scratch.f, scratch.dReconstruction, into: &gradient.W_dec, transposeA: true)
        gemm(D, F, count, scratch.centred, scratch.df, into: &gradient.W_enc, transposeA: true)
        columnSums(scratch.df, into: &gradient.b_enc)
        return penalty
    }

    /// Steps 1, 2 and 4 on active features only.
    private func backwardSparse(
        lambda: Float, epsilon: Float, _ scratch: inout TranscoderScratch, _ gradient: inout Transcoder
    ) -> Double {
        resize(&scratch.df, scratch.active.count, filler: 0)
        let penalty = featureGradient(
            active: scratch.active, dReconstruction: scratch.dReconstruction, norms: scratch.norms, lambda: lambda,
            epsilon: epsilon, df: &scratch.df, dNorms: &scratch.dNorms)
        scratch.byFeature.sort(scratch.active, d_sae: shape.d_sae)
        scratch.byFeature.place(gradients: scratch.df)
        gatherByFeature(scratch, &gradient)
        return penalty
    }

    /// Step 1 on active features only; dNorms is step 2's second part.
    private func featureGradient(
        active: borrowing SparseRows, dReconstruction: [Float], norms: [Float], lambda: Float, epsilon: Float,
        df: inout [Float], dNorms: inout [Float]
    ) -> Double {
        gatherDot(active, left: dReconstruction, rows: W_dec, columns: shape.d_out, into: &df)
        let half = lambda / 2, indices = active.indices.span, values = active.values.span
        // A feature that is not active adds √ε to the sum and nothing to the gradient.
        var penalty = Double(active.rows * shape.d_sae - indices.count) * Double(epsilon).squareRoot()
        for entry in indices.indices {
            let feature = Int(indices[entry]), f = values[entry], norm = norms[feature]
            let root = (norm * f + epsilon).squareRoot(), slope = half / root
            penalty += Double(root)
            df[entry] += slope * norm
            dNorms[feature] += slope * f
        }
        return penalty
    }

    /// dW_dec, dW_enc and db_enc from the entries sorted by feature.
    private func gatherByFeature(_ scratch: borrowing TranscoderScratch, _ gradient: inout Transcoder) {
        gatherSum(
            offsets: scratch.byFeature.offsets, indices: scratch.byFeature.tokens, values: scratch.byFeature.values,
            rows: scratch.dReconstruction, columns: shape.d_out, into: &gradient.W_dec)
        gatherSumTransposed(
            offsets: scratch.byFeature.offsets, indices: scratch.byFeature.tokens, values: scratch.byFeature.gradients,
            rows: scratch.centred, columns: shape.d_model, into: &gradient.W_enc)
        for feature in 0..<shape.d_sae {
            var sum: Float = 0
            for entry in scratch.byFeature.range(feature) { sum += scratch.byFeature.gradients[entry] }
            gradient.b_enc[feature] = sum
        }
    }

    /// dW_dec[a] += dn_a · W_dec[a]/n_a.
    private func addNormGradient(_ scratch: borrowing TranscoderScratch, _ dW_dec: inout [Float]) {
        var dW_dec = dW_dec.mutableSpan
        for feature in 0..<shape.d_sae where scratch.norms[feature] > 0 && scratch.dNorms[feature] != 0 {
            let row = feature * shape.d_out..<(feature + 1) * shape.d_out
            var target = dW_dec._mutatingExtracting(row)
            axpy(scratch.dNorms[feature] / scratch.norms[feature], W_dec.span.extracting(row), &target)
        }
    }
}
