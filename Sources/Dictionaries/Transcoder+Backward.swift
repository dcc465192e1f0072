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
        var norms = scratch.norms.mutableSpan
        rowNorms(W_dec.span, into: &norms)
        for feature in 0..<shape.d_sae { scratch.dNorms[feature] = 0 }
        let penalty =
            switch path {
            case .dense: backwardDense(lambda: lambda, epsilon: epsilon, &scratch, &gradient)
            case .sparse: backwardSparse(lambda: lambda, epsilon: epsilon, &scratch, &gradient)
            }
        addNormGradient(scratch, &gradient)
        var db_out = gradient.b_out.mutableSpan
        columnSums(scratch.dReconstruction.span, into: &db_out)
        let db_enc = gradient.b_enc
        var db_in = gradient.b_in.mutableSpan
        gemm(shape.d_model, 1, shape.d_sae, W_enc.span, db_enc.span, into: &db_in, alpha: -1)
        return penalty
    }

    /// Steps 1, 2 and 4 as matrix products.
    private func backwardDense(
        lambda: Float, epsilon: Float, _ scratch: inout TranscoderScratch, _ gradient: inout Transcoder
    ) -> Double {
        let (D, F, out) = (shape.d_model, shape.d_sae, shape.d_out), count = scratch.f.count / F
        let penalty = featureGradient(
            f: scratch.f, dReconstruction: scratch.dReconstruction, norms: scratch.norms, lambda: lambda, epsilon: epsilon,
            df: &scratch.df, dNorms: &scratch.dNorms)
        var dW_dec = gradient.W_dec.mutableSpan
        gemm(F, out, count, scratch.f.span, scratch.dReconstruction.span, into: &dW_dec, transposeA: true)
        var dW_enc = gradient.W_enc.mutableSpan
        gemm(D, F, count, scratch.centred.span, scratch.df.span, into: &dW_enc, transposeA: true)
        var db_enc = gradient.b_enc.mutableSpan
        columnSums(scratch.df.span, into: &db_enc)
        return penalty
    }

    /// Step 1 as a matrix product; dNorms is step 2's second part.
    private func featureGradient(
        f: [Float], dReconstruction: [Float], norms: [Float], lambda: Float, epsilon: Float, df: inout [Float],
        dNorms: inout [Float]
    ) -> Double {
        var df = df.mutableSpan, dNorms = dNorms.mutableSpan
        gemm(f.count / shape.d_sae, shape.d_sae, shape.d_out, dReconstruction.span, W_dec.span, into: &df, transposeB: true)
        return rootPenalty(f.span, norms: norms.span, df: &df, normGradient: &dNorms, epsilon: epsilon, lambda: lambda)
    }

    /// Steps 1, 2 and 4 on active features only.
    private func backwardSparse(
        lambda: Float, epsilon: Float, _ scratch: inout TranscoderScratch, _ gradient: inout Transcoder
    ) -> Double {
        resize(&scratch.df, scratch.active.count)
        let penalty = featureGradient(
            active: scratch.active, dReconstruction: scratch.dReconstruction, norms: scratch.norms, lambda: lambda,
            epsilon: epsilon, df: &scratch.df, dNorms: &scratch.dNorms)
        scratch.byFeature.transpose(scratch.active, df: scratch.df, d_sae: shape.d_sae)
        gatherByFeature(scratch, &gradient)
        return penalty
    }

    /// Step 1 on active features only; dNorms is step 2's second part.
    private func featureGradient(
        active: borrowing SparseRows, dReconstruction: [Float], norms: [Float], lambda: Float, epsilon: Float,
        df: inout [Float], dNorms: inout [Float]
    ) -> Double {
        var df = df.mutableSpan
        gatherDot(
            offsets: active.offsets.span, indices: active.indices.span, left: dReconstruction.span, rows: W_dec.span,
            columns: shape.d_out, into: &df)
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
        let offsets = scratch.byFeature.offsets.span, tokens = scratch.byFeature.tokens.span
        var dW_dec = gradient.W_dec.mutableSpan
        gatherSum(
            offsets: offsets, indices: tokens, values: scratch.byFeature.values.span, rows: scratch.dReconstruction.span,
            columns: shape.d_out, into: &dW_dec)
        var dW_enc = gradient.W_enc.mutableSpan
        gatherSumTransposed(
            offsets: offsets, indices: tokens, values: scratch.byFeature.gradients.span, rows: scratch.centred.span,
            columns: shape.d_model, into: &dW_enc)
        for feature in 0..<shape.d_sae {
            var sum: Float = 0
            for entry in offsets[feature]..<offsets[feature + 1] { sum += scratch.byFeature.gradients[entry] }
            gradient.b_enc[feature] = sum
        }
    }

    /// dW_dec[a] += dn_a · W_dec[a]/n_a.
    private func addNormGradient(_ scratch: borrowing TranscoderScratch, _ gradient: inout Transcoder) {
        var dW_dec = gradient.W_dec.mutableSpan
        for feature in 0..<shape.d_sae where scratch.norms[feature] > 0 && scratch.dNorms[feature] != 0 {
            let row = feature * shape.d_out..<(feature + 1) * shape.d_out
            var target = dW_dec._mutatingExtracting(row)
            axpy(scratch.dNorms[feature] / scratch.norms[feature], W_dec.span.extracting(row), &target)
        }
    }
}
