import Kernels
import Tensors

// What dead features learn from: the largest k of them at each token reconstruct what the live ones leave,
//
//   e = y − ŷ (held fixed),   ê = f_dead W_dec,   loss = weight·Σ‖ê − e‖²/Σ‖y − mean y‖².
//
// 1. dê = 2·weight·(ê − e)/Σ‖y − mean y‖²;
// 2. dpre = dê W_decᵀ on the chosen features; dW_dec += fᵀ dê, dW_enc += (x − b_in)ᵀ dpre, db_enc += Σ dpre, db_in −= Σ dpre W_encᵀ.
//
// *Source:* Gao et al. 2024, appendix A.2.

/// The auxiliary loss of one side after the other, with buffers that it keeps.
struct AuxiliaryLoss: Sendable {
    /// [N, H·K] ê, then dê.
    private var error: [Float] = []
    private var df: [Float] = []
    private var byFeature = FeatureColumns()

    /// Adds one side's gradient.
    ///
    /// - Parameters:
    ///   - x: [N, D].
    ///   - y: [N, H·K].
    ///   - scratch: The side's buffers after the forward pass.
    ///   - variance: Σ‖y − mean y‖².
    ///   - gradient: to which it is added.
    /// - Returns: Σ‖ê − e‖²/variance; 0 where no feature is dead.
    mutating func add(
        _ side: Transcoder, x: [Float], y: [Float], _ scratch: borrowing TranscoderScratch, weight: Float, variance: Double,
        decoderNorm: DecoderNorm, gradient: inout Transcoder
    ) -> Double {
        let shape = side.shape
        if scratch.auxiliary.count == 0 || variance == 0 { return 0 }
        resize(&error, y.count, filler: 0)
        let none = [Float](repeating: 0, count: shape.d_out)
        gatherSum(scratch.auxiliary, rows: side.W_dec, initial: none, into: &error)
        let factor = 2 * weight / Float(variance)
        var sum = 0.0
        for place in error.indices {
            let difference = error[place] - (y[place] - scratch.reconstruction[place])
            sum += Double(difference * difference)
            error[place] = factor * difference
        }
        resize(&df, scratch.auxiliary.count, filler: 0)
        gatherDot(scratch.auxiliary, left: error, rows: side.W_dec, columns: shape.d_out, into: &df)
        byFeature.sort(scratch.auxiliary, d_sae: shape.d_sae)
        byFeature.place(gradients: df)
        for feature in byFeature.activeFeatures {
            var row = total(byFeature.values, of: feature, rows: error, width: shape.d_out)
            if decoderNorm == .unit { removeParallel(&row, side.W_dec, feature) }
            for column in row.indices { gradient.W_dec[feature * shape.d_out + column] += row[column] }
            addEncoder(side, feature, x: x, &gradient)
        }
        return sum / variance
    }

    /// Σ over the feature's tokens of value·row.
    private func total(_ values: [Float], of feature: Int, rows: [Float], width: Int) -> [Float] {
        var sum = [Float](repeating: 0, count: width)
        var out = sum.mutableSpan
        for entry in byFeature.range(feature) {
            let token = Int(byFeature.tokens[entry])
            axpy(values[entry], rows.span.extracting(token * width..<(token + 1) * width), &out)
        }
        return sum
    }

    private func removeParallel(_ row: inout [Float], _ W_dec: [Float], _ feature: Int) {
        let unit = W_dec.span.extracting(feature * row.count..<(feature + 1) * row.count)
        let along = dot(row.span, unit)
        var out = row.mutableSpan
        axpy(-along, unit, &out)
    }

    private func addEncoder(_ side: Transcoder, _ feature: Int, x: [Float], _ gradient: inout Transcoder) {
        let (D, F) = (side.shape.d_model, side.shape.d_sae)
        let sum = byFeature.range(feature).reduce(Float(0)) { $0 + byFeature.gradients[$1] }
        let column = total(byFeature.gradients, of: feature, rows: x, width: D)
        gradient.b_enc[feature] += sum
        for d in 0..<D {
            gradient.W_enc[d * F + feature] += column[d] - sum * side.b_in[d]
            gradient.b_in[d] -= sum * side.W_enc[d * F + feature]
        }
    }
}
