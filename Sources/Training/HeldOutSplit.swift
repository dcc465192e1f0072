import JSON
import API
import Tokenizer

/// A text's contexts in two parts: those kept apart for the evaluation, and those to train on.
struct HeldOutSplit: Sendable {
    let heldOut: Contexts
    let training: Contexts

    /// The first `held` contexts are kept apart.
    ///
    /// - Throws: `text_empty` if the rest does not fill one batch.
    init(_ contexts: Contexts, held: Int, batch: Int, corpus: String) throws(APIError) {
        guard contexts.count >= held + batch else {
            throw APIError(
                .textEmpty,
                "corpus '\(corpus)' has \(contexts.count) contexts of \(contexts.T) tokens; held_out_contexts (\(held)) and one batch "
                    + "(batch_sequences = \(batch)) need \(held + batch)",
                facts: ["contexts": .integer(contexts.count), "needed": .integer(held + batch)])
        }
        heldOut = contexts.part(0..<held)
        training = contexts.part(held..<contexts.count)
    }
}
