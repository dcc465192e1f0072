// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `activations.capture`: returns activations of a text by name.
public enum ActivationsCapture: Method {
    /// What is asked.
    public struct Params: PromptParams, TensorParams, Hashable {
        /// A resident model's name; the embedded model, or that of the dictionary or map, if absent.
        public var model: String?
        /// The text; exactly one of `text` and `tokens` is given.
        public var text: String?
        /// The tokens themselves.
        public var tokens: [Int]?
        /// Whether a BOS token is put in front; it stands at position 0.
        public var prepend_bos: Bool
        /// Which activations.
        public var names: [String]
        /// How the arrays reach the caller.
        public var tensors: TensorDelivery
        /// The file that is to hold them.
        public var path: String?
        /// How they are laid out.
        public var format: TensorFormat?

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, names: [String],
            tensors: TensorDelivery = .json, path: String? = nil, format: TensorFormat? = nil
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.names = names
            self.tensors = tensors
            self.path = path
            self.format = format
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The tokens as the model read them, BOS included.
        public var tokens: [Int]
        /// The text of each token.
        public var pieces: [String]
        /// The activations, in the order asked for.
        public var activations: [Activation]
        /// Where the arrays are; absent if they are here.
        public var tensors: TensorFile?

        /// All facts.
        public init(tokens: [Int], pieces: [String], activations: [Activation], tensors: TensorFile? = nil) {
            self.tokens = tokens
            self.pieces = pieces
            self.activations = activations
            self.tensors = tensors
        }
    }

    /// One activation with its shape.
    public struct Activation: Codable, Sendable, Hashable {
        /// Its name.
        public var name: String
        /// What each axis counts: position, head, d_model and so on.
        public var axes: [String]
        /// The length of each axis.
        public var shape: [Int]
        /// The numbers, as lists nested in the order of the axes; absent if they are elsewhere.
        public var values: JSON?

        /// All facts.
        public init(name: String, axes: [String], shape: [Int], values: JSON? = nil) {
            self.name = name
            self.axes = axes
            self.shape = shape
            self.values = values
        }
    }

    public static let name = "activations.capture"
    public static let summary = "Returns activations of a text by name."
    public static let description = """
        Names are TransformerLens's, as in blocks.0.attn.hook_pattern; in a file or in memory the arrays have the same names, and \
        float32 where a list has null for what is not finite, such as a masked score. At most 4,194,304 numbers are returned as lists, \
        1 GiB otherwise; one forward pass, which ends at the last layer that is needed.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .required("names", .array("Which activations.", of: .string(length: 1...100), count: 1...64))
        ] + Schema.tensorDelivery)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("activations", .array("The activations, in the order asked for.", of: Activation.schema)),
            .optional("tensors", TensorFile.schema),
        ])
    public static let errors: [ErrorKind] = ErrorKind.ofPrompts + [.unknownActivation, .layerOutOfRange] + ErrorKind.ofTensors
    public static let example: (params: JSON, result: JSON?) = (
        ["text": "When", "names": ["blocks.0.attn.hook_pattern"]],
        nil
    )
}

extension ActivationsCapture.Activation {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One activation with its shape.",
        [
            .required("name", .string("Its name.")),
            .required("axes", .array("What each axis counts: position, head, d_model and so on.", of: .string())),
            .required("shape", .array("The length of each axis.", of: .integer(in: 0...Int.max))),
            .optional("values", .any("The numbers, as lists nested in the order of the axes; absent if they are elsewhere.")),
        ])
}
