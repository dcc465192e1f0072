public import Checkpoints
public import Tensors

/// A GPT-2 with its weights resident, loaded from a Hugging Face `GPT2LMHeadModel` directory.
///
/// Immutable, so it may be shared between threads. Memory: four bytes per parameter, a tied unembedding counted once, and what the last
/// pass worked in, 128 MiB at most.
public final class GPT2Model: Sendable {
    /// The architecture.
    public let configuration: GPT2Configuration
    /// The parameters.
    public let weights: GPT2Weights
    /// What passes work in.
    let scratch = ScratchPool()

    /// A model from parameters at hand.
    ///
    /// - Precondition: the parameters have the configuration's shapes.
    init(_ configuration: GPT2Configuration, _ weights: GPT2Weights) {
        self.configuration = configuration
        self.weights = weights
    }

    /// Loads a directory of this program's own choice.
    ///
    /// - Throws: As the other does.
    public convenience init(directory: String) throws(GPT2LoadError) { try self.init(directory: .own(directory)) }

    /// Loads `config.json` and `model.safetensors`.
    ///
    /// Names may carry `transformer.` or not; the mask buffers of older files (`attn.bias`, `attn.masked_bias`) are passed over. Any
    /// other missing, additional or misshapen tensor is refused, and so is a weight that is not finite.
    ///
    /// - Parameter directory: The model's directory.
    /// - Throws: ``GPT2LoadError``.
    /// - Complexity: one pass over the file.
    public convenience init(directory: GuardedPath) throws(GPT2LoadError) {
        let configuration: GPT2Configuration
        do {
            configuration = try GPT2Configuration(contentsOf: directory.appending("config.json"))
        } catch {
            throw .configuration(error)
        }
        self.init(configuration, try GPT2Weights(directory: directory, configuration))
    }

    /// The number of parameters.
    public var parameterCount: Int {
        let c = configuration
        let attention = 4 * c.d_model * c.d_model + 4 * c.d_model
        let mlp = 2 * c.d_model * c.d_mlp + c.d_mlp + c.d_model
        let unembedding = c.tie_word_embeddings ? 0 : c.d_vocab * c.d_model
        return (c.d_vocab + c.n_ctx + 2) * c.d_model + c.n_layers * (attention + mlp + 4 * c.d_model) + unembedding
    }
}
