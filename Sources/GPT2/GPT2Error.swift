public import Checkpoints

/// Why a forward pass was refused.
public enum GPT2Error: Error, Hashable, CustomStringConvertible {
    /// A token that the vocabulary does not have, at a position of a sequence.
    case tokenOutOfRange(token: Int32, row: Int, position: Int, d_vocab: Int)
    /// A sequence longer than the model's context.
    case contextTooLong(T: Int, n_ctx: Int)
    /// No sequence, or sequences without a token.
    case empty
    /// Sequences of different lengths.
    case ragged(row: Int, length: Int, expected: Int)
    /// A layer that the model does not have.
    case layerOutOfRange(layer: Int, n_layers: Int)
    /// An edit of an activation that is only reported.
    case notEditable(ActivationName)

    /// One sentence with both sides.
    public var description: String {
        switch self {
        case .tokenOutOfRange(let token, let row, let position, let d_vocab):
            "token \(token) at position \(position) of sequence \(row) is outside the vocabulary (0 to \(d_vocab - 1))"
        case .contextTooLong(let T, let n_ctx): "\(T) tokens are more than the model's context of \(n_ctx)"
        case .empty: "there are no tokens"
        case .ragged(let row, let length, let expected): "sequence \(row) has \(length) tokens, the first has \(expected)"
        case .layerOutOfRange(let layer, let n_layers): "layer \(layer) is out of range (0 to \(n_layers - 1))"
        case .notEditable(let name): "\(name) is only reported; edit the LayerNorm's hook_x or hook_normalized instead"
        }
    }
}

/// Why a model directory was refused.
public enum GPT2LoadError: Error, Hashable, CustomStringConvertible {
    /// `config.json` was refused.
    case configuration(ConfigurationError)
    /// The tensor file was refused.
    case checkpoint(SafetensorsError)
    /// The weights are spread over several files.
    case sharded(index: String)
    /// A tensor that the configuration asks for is not there.
    case missing(tensor: String, expected: [Int], path: String)
    /// A tensor that a GPT-2 of this configuration does not have.
    case unexpected(tensor: String, shape: [Int], path: String)
    /// A tensor of another shape than the configuration asks for.
    case shape(tensor: String, found: [Int], expected: [Int], path: String)
    /// A weight that is not a finite number.
    case notFinite(tensor: String, index: Int, value: String, path: String)
    /// The configuration ties the unembedding to the embedding, but the file holds a different one.
    case tieContradicted(tensor: String, path: String)

    /// One sentence: the file, the tensor, what was found and what would be right.
    public var description: String {
        switch self {
        case .configuration(let error): error.description
        case .checkpoint(let error): error.description
        case .sharded(let index):
            "\(index) spreads the weights over several files, which is not supported; write one file with "
                + "save_pretrained(directory, max_shard_size=\"100GB\")"
        case .missing(let tensor, let expected, let path): "\(path): tensor '\(tensor)' of shape \(expected) is missing"
        case .unexpected(let tensor, let shape, let path):
            "\(path): tensor '\(tensor)' of shape \(shape) is not part of a GPT-2 of this configuration"
        case .shape(let tensor, let found, let expected, let path):
            "\(path): tensor '\(tensor)' has shape \(found), but the configuration needs \(expected)"
        case .notFinite(let tensor, let index, let value, let path): "\(path): element \(index) of tensor '\(tensor)' is \(value)"
        case .tieContradicted(let tensor, let path):
            "\(path): the configuration has tie_word_embeddings, but '\(tensor)' differs from the embedding"
        }
    }
}
