// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `activations.capture`: returns activations of a text by name.
public enum ActivationsCapture: Method {
    /// What is asked.
    public struct Params: PromptParams, Hashable {
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

        /// All parameters.
        public init(model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, names: [String]) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.names = names
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

        /// All facts.
        public init(tokens: [Int], pieces: [String], activations: [Activation]) {
            self.tokens = tokens
            self.pieces = pieces
            self.activations = activations
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
        /// The numbers, as lists nested in the order of the axes.
        public var values: JSON

        /// All facts.
        public init(name: String, axes: [String], shape: [Int], values: JSON) {
            self.name = name
            self.axes = axes
            self.shape = shape
            self.values = values
        }
    }

    public static let name = "activations.capture"
    public static let summary = "Returns activations of a text by name."
    public static let description = """
        Names are TransformerLens's, as in blocks.0.attn.hook_pattern. At most 4,194,304 numbers are returned at once; \
        one forward pass, which ends at the last layer that is needed.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .required("names", .array("Which activations.", of: .string(length: 1...100), count: 1...64))
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("activations", .array("The activations, in the order asked for.", of: Activation.schema)),
        ])
    public static let errors: [ErrorKind] = ErrorKind.ofPrompts + [.unknownActivation, .layerOutOfRange, .messageTooLarge]
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
            .required("values", .any("The numbers, as lists nested in the order of the axes.")),
        ])
}
