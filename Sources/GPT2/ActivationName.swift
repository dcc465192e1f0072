/// The name of one activation of a forward pass, as TransformerLens spells it for GPT-2.
///
/// The basis is that of `HookedTransformer.from_pretrained_no_processing`: no weight is folded or centred, so `ln1.hook_normalized`
/// has its gain and bias. Three sites are additions: `ln1.hook_x`, `ln2.hook_x` and `ln_final.hook_x` are the normalised residual
/// *before* gain and bias, which is what query and key transcoders read. `logits` is the output.
public struct ActivationName: Sendable, Hashable {
    /// Where in the pass the activation stands.
    public let site: Site
    /// The block it belongs to; nil for sites outside the blocks.
    public let layer: Int?

    /// The activation of a site inside block `layer`, or outside the blocks.
    ///
    /// - Precondition: `layer` is given exactly if the site is inside a block.
    public init(_ site: Site, _ layer: Int? = nil) {
        precondition(site.isInBlock == (layer != nil), "\(site) \(site.isInBlock ? "needs a layer" : "has no layer")")
        self.site = site
        self.layer = layer
    }
}

extension ActivationName {
    /// The sites of a pass, in the order in which they are computed; the raw value is what follows `blocks.L.`.
    public enum Site: String, Sendable, Hashable, CaseIterable {
        /// Token embeddings. [B, T, D]
        case embed = "hook_embed"
        /// Position embeddings, the same for each sequence. [B, T, D]
        case pos_embed = "hook_pos_embed"
        /// The residual stream entering the block. [B, T, D]
        case resid_pre = "hook_resid_pre"
        /// σ of the first LayerNorm. [B, T, 1]
        case ln1_scale = "ln1.hook_scale"
        /// (r - mean r)/σ, before gain and bias. [B, T, D]
        case ln1_x = "ln1.hook_x"
        /// The first LayerNorm's output. [B, T, D]
        case ln1_normalized = "ln1.hook_normalized"
        /// Queries, bias included. [B, T, H, K]
        case q = "attn.hook_q"
        /// Keys, bias included. [B, T, H, K]
        case k = "attn.hook_k"
        /// Values, bias included. [B, T, H, K]
        case v = "attn.hook_v"
        /// Scaled scores; -∞ where the key is later than the query. [B, H, T, T]
        case attn_scores = "attn.hook_attn_scores"
        /// The attention pattern, query by key. [B, H, T, T]
        case pattern = "attn.hook_pattern"
        /// The values averaged by the pattern. [B, T, H, K]
        case z = "attn.hook_z"
        /// Each head's contribution to the residual stream, without the output bias. [B, T, H, D]
        case result = "attn.hook_result"
        /// The attention's output, bias included. [B, T, D]
        case attn_out = "hook_attn_out"
        /// The residual stream between attention and MLP. [B, T, D]
        case resid_mid = "hook_resid_mid"
        /// σ of the second LayerNorm. [B, T, 1]
        case ln2_scale = "ln2.hook_scale"
        /// (r - mean r)/σ, before gain and bias. [B, T, D]
        case ln2_x = "ln2.hook_x"
        /// The second LayerNorm's output. [B, T, D]
        case ln2_normalized = "ln2.hook_normalized"
        /// The MLP before its non-linearity. [B, T, M]
        case mlp_pre = "mlp.hook_pre"
        /// The MLP after its non-linearity. [B, T, M]
        case mlp_post = "mlp.hook_post"
        /// The MLP's output. [B, T, D]
        case mlp_out = "hook_mlp_out"
        /// The residual stream leaving the block. [B, T, D]
        case resid_post = "hook_resid_post"
        /// σ of the last LayerNorm. [B, T, 1]
        case ln_final_scale = "ln_final.hook_scale"
        /// (r - mean r)/σ, before gain and bias. [B, T, D]
        case ln_final_x = "ln_final.hook_x"
        /// The last LayerNorm's output, which the unembedding reads. [B, T, D]
        case ln_final_normalized = "ln_final.hook_normalized"
        /// The output. [B, T, V]
        case logits

        /// Whether each block has one.
        public var isInBlock: Bool {
            switch self {
            case .embed, .pos_embed, .ln_final_scale, .ln_final_x, .ln_final_normalized, .logits: false
            case .resid_pre, .ln1_scale, .ln1_x, .ln1_normalized, .q, .k, .v, .attn_scores, .pattern, .z, .result, .attn_out,
                .resid_mid,
                .ln2_scale, .ln2_x, .ln2_normalized, .mlp_pre, .mlp_post, .mlp_out, .resid_post:
                true
            }
        }

        /// The axes of the activation, slowest first.
        public var axes: [Axis] {
            switch self {
            case .embed, .pos_embed, .resid_pre, .ln1_x, .ln1_normalized, .attn_out, .resid_mid, .ln2_x, .ln2_normalized,
                .mlp_out,
                .resid_post, .ln_final_x, .ln_final_normalized:
                [.B, .T, .D]
            case .ln1_scale, .ln2_scale, .ln_final_scale: [.B, .T, .one]
            case .q, .k, .v, .z: [.B, .T, .H, .K]
            case .attn_scores, .pattern: [.B, .H, .T, .T]
            case .result: [.B, .T, .H, .D]
            case .mlp_pre, .mlp_post: [.B, .T, .M]
            case .logits: [.B, .T, .V]
            }
        }

        /// Whether an edit may change it: a LayerNorm's σ is only reported, its effect is already in `hook_x`.
        public var isEditable: Bool {
            switch self {
            case .ln1_scale, .ln2_scale, .ln_final_scale: false
            case .embed, .pos_embed, .resid_pre, .ln1_x, .ln1_normalized, .q, .k, .v, .attn_scores, .pattern, .z, .result,
                .attn_out,
                .resid_mid, .ln2_x, .ln2_normalized, .mlp_pre, .mlp_post, .mlp_out, .resid_post, .ln_final_x,
                .ln_final_normalized,
                .logits:
                true
            }
        }
    }

    /// An axis of an activation, by its shape letter.
    public enum Axis: String, Sendable, Hashable {
        /// Batch, position, d_model, head, d_head, d_mlp, vocabulary, and an axis of one.
        case B, T, D, H, K, M, V
        case one = "1"
    }

    /// Block and site as one ascending order of computation.
    var order: (Int, Int) {
        let index = Site.allCases.firstIndex(of: site) ?? 0
        return (layer ?? (site == .embed || site == .pos_embed ? -1 : Int.max), index)
    }
}

extension ActivationName: Comparable {
    /// Whether the left one is computed first.
    public static func < (left: Self, right: Self) -> Bool { left.order < right.order }
}

extension ActivationName: CustomStringConvertible {
    /// TransformerLens's full name, such as `blocks.3.attn.hook_pattern`.
    public var description: String { layer.map { "blocks.\($0).\(site.rawValue)" } ?? site.rawValue }
}
