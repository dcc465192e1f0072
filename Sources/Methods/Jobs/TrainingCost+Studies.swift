import API
import Artifacts
import Checkpoints
import GPT2
import JSON

extension TrainingCost {
    /// The cost of `studies.run`.
    ///
    /// - Parameter T: The length of a context, of the longest prompt, or of a text.
    init(_ params: StudiesRun.Params, _ infos: [SAEInfo], model: LoadedModel, context T: Int) {
        let c = model.gpt2.configuration, whole = Self.flopsToKeys(model, layer: c.n_layers, context: T)
        let widest = infos.map { $0.d_sae * $0.d_in }.max() ?? 0
        // Of a feature active at a token, every source's value is multiplied with the encoder's row.
        let sources = infos.reduce(0.0) { $0 + ($1.evaluation["L0"]?.number ?? 32) * Double(2 * T * $1.d_in) }
        let encoders = infos.reduce(0.0) {
            $0 + Double(2 * $1.d_sae * $1.d_in) + Self.flopsToKeys(model, layer: $1.layer, context: T)
        }
        switch params.kind {
        case .prefixes:
            steps = params.longest * params.samples
            tokens = steps * T
            flops = (best: whole, worst: whole)
        case .families, .polysemanticity:
            steps = params.contexts * infos.count
            tokens = params.contexts * T
            flops = (best: encoders + sources, worst: encoders + 4 * sources)
        case .answers:
            let passes = params.places.count * ((params.limit ?? 1) + 1)
            steps = params.count * infos.count
            tokens = params.count * T
            let rest = infos.reduce(0.0) { $0 + Self.flopsToKeys(model, layer: c.n_layers - $1.layer, context: T) }
            flops = (best: 2 * encoders + Double(passes) * rest / 2, worst: 2 * encoders + whole + Double(passes) * rest)
        }
        memory_bytes =
            Self.baseBytes + model.info.memory_bytes
            + (2 * widest + 16 * T * (12 * c.d_model + c.d_mlp + c.n_heads * T) + 16 * c.d_vocab) * Self.bytes
        disk_bytes = 1 << 20
    }
}
