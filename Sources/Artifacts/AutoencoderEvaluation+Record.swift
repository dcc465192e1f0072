public import Attribution
public import JSON

extension AutoencoderEvaluation {
    /// Everything that an autoencoder's record keeps of its evaluation.
    public var record: JSON {
        var record: JSONObject = ["tokens": .integer(tokens)]
        record["CE"] = CE.map { .real($0) }
        record["CE_zero"] = CE_zero.map { .real($0) }
        record["CE_sae"] = CE_sae.map { .real($0) }
        if let CE, let CE_sae { record["delta_CE"] = .real(CE_sae - CE) }
        if let share = recovered {
            // Where zeroing costs next to nothing the quotient divides by noise.
            record["CE_recovered"] = share.value.map { .real($0) }
            record["CE_recovered_denominator"] = .real(share.denominator)
            record["CE_recovered_is_defined"] = .bool(share.value != nil)
        }
        record["KL_logits"] = .real(replaced.KL_logits)
        record["L0"] = .real(L0)
        record["explained_variance"] = explainedVariance.map { .real($0) }
        record["live"] = .integer(live)
        record["dead"] = .integer(firings.count - live)
        record["density"] = DensityHistogram.json(density)
        return .object(record)
    }
}
