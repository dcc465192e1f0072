// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `signals.decompose`: returns the singular values and vectors of heads' QK maps.
public enum SignalsDecompose: Method {
    /// What is asked.
    public struct Params: TensorParams, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// The layers; all if absent.
        public var layers: [Int]?
        /// The heads of each layer; all if absent.
        public var heads: [Int]?
        /// Which map is decomposed.
        public var form: SignalForm
        /// Whether the reply holds the singular vectors too.
        public var include_vectors: Bool
        /// How the arrays reach the caller.
        public var tensors: TensorDelivery
        /// The file that is to hold them.
        public var path: String?
        /// How they are laid out.
        public var format: TensorFormat?

        /// All parameters.
        public init(
            model: String? = nil, layers: [Int]? = nil, heads: [Int]? = nil, form: SignalForm = .plain,
            include_vectors: Bool = false,
            tensors: TensorDelivery = .json, path: String? = nil, format: TensorFormat? = nil
        ) {
            (self.model, self.layers, self.heads, self.form) = (model, layers, heads, form)
            (self.include_vectors, self.tensors, self.path, self.format) = (include_vectors, tensors, path, format)
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// Which map is decomposed.
        public var form: SignalForm
        /// The heads, layer by layer.
        public var heads: [HeadSpectrum]
        /// Where the arrays are; absent if they are here, or were not asked for.
        public var tensors: TensorFile?

        /// All facts.
        public init(model: String, form: SignalForm, heads: [HeadSpectrum], tensors: TensorFile? = nil) {
            (self.model, self.form, self.heads, self.tensors) = (model, form, heads, tensors)
        }
    }

    public static let name = "signals.decompose"
    public static let summary = "Returns the singular values and vectors of heads' QK maps."
    public static let description = """
        A head's map Ω takes the normalised residuals of destination and source to their score, without attn_scale. W_Q and W_K have the \
        LayerNorm's gain folded in and are centred, b_Q and b_K its bias: plain is W_Q·W_Kᵀ; augmented [W_Q; b_Q]·[W_K; b_K]ᵀ, which reads \
        [x, 1] on both sides; omega_d W_Q·[W_K; b_K]ᵀ and omega_s [W_Q; b_Q]·W_Kᵀ. Each decomposition is compared with its map before it is \
        used, and kept in the store: a layer is decomposed once. The entry of largest magnitude of each vector of U is positive. In a file or \
        in memory there are three arrays: U, heads × rows × rank, s, heads × rank, and V; the heads as in the reply.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .optional("layers", .array("The layers; all if absent.", of: .integer(in: 0...Int.max), count: 1...1024)),
            .optional("heads", .array("The heads of each layer; all if absent.", of: .integer(in: 0...Int.max), count: 1...1024)),
            .optional("form", .signalForm("Which map is decomposed."), default: .string(SignalForm.plain.rawValue)),
            .optional("include_vectors", .boolean("Whether the reply holds the singular vectors too."), default: false),
        ] + Schema.tensorDelivery)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("form", .signalForm("Which map is decomposed.")),
            .required("heads", .array("The heads, layer by layer.", of: HeadSpectrum.schema)),
            .optional("tensors", TensorFile.schema),
        ])
    public static let errors: [ErrorKind] =
        [.modelNotFound, .modelUnsupported, .layerOutOfRange, .headOutOfRange] + ErrorKind.ofTensors
    public static let example: (params: JSON, result: JSON?) = (["layers": [1], "heads": [2], "form": "augmented"], nil)
}
