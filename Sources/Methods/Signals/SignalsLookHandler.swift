import API
import Artifacts
import Attribution
import Circuits
import GPT2
import JSON
import Tensors

/// `signals.look`: one look of a head, taken apart.
struct SignalsLookHandler: MethodHandler {
    typealias M = SignalsLook
    let models: ModelLibrary
    let prompts: PromptCache
    let decompositions: DecompositionLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let output = try TensorOutput(params, rights: rights, in: call)
        let model = try await models.model(params.model)
        try model.check(layer: params.layer)
        try model.check(head: params.head)
        let prompt = try PreparedPrompt(params, model: model)
        let (destination, source) = try prompt.look(from: params.destination, at: params.source)
        return try await compute.run {
            let activations = try prompts.activations(model, layer: params.layer, tokens: prompt.tokens)
            let look = try SignalLook(
                activations, { try decompositions.layer(model, params.layer, $0) }, head: params.head, destination: destination,
                source: source, mode: SelectionMode(params.mode), phi: params.phi)
            let terms = look.destinationTerms
            let tensors = output.isInReply ? nil : try output.deliver(Self.arrays(look), in: call)
            return M.Result(
                tokens: prompt.tokenNumbers, pieces: prompt.pieces, model: model.name, layer: params.layer, head: params.head,
                destination: destination, source: look.source, mode: params.mode, attn_scale: activations.attn_scale,
                attn_score: Float(terms.attn_score(destination: destination, source: look.source)),
                pattern: Float(terms.attention(destination: destination, source: look.source)), fires: look.fires,
                sides: look.reports(allTerms: params.all_terms), tensors: tensors)
        }
    }

    private static func arrays(_ look: SignalLook) -> [(name: String, tensor: Tensor)] {
        LookSide.allCases.flatMap { side in
            let signal = look.signal(side)
            return [("\(side.rawValue).vectors", signal.vectors), ("\(side.rawValue).basis", signal.basis)]
        }
    }
}

extension PreparedPrompt {
    /// The ends of a look, counted from the start.
    ///
    /// - Throws: `position_out_of_range`.
    func look(from destination: Int, at source: Int?) throws -> (destination: Int, source: Int?) {
        let destination = try position(destination, name: "destination")
        let source = try source.map { try position($0, name: "source") }
        if let source, source > destination {
            throw APIError(
                .positionOutOfRange, "source \(source) comes after destination \(destination); a head looks back only",
                facts: ["source": .integer(source), "destination": .integer(destination)])
        }
        return (destination, source)
    }
}

extension SignalLook {
    /// The ends as the wire has them: one where both are selected alike.
    fileprivate func reports(allTerms: Bool) -> [LookSideReport] {
        guard mode.forms.count > 1 else { return [report(.destination, named: nil, allTerms)] }
        return [report(.destination, named: .destination, allTerms), report(.source, named: .source, allTerms)]
    }

    private func report(_ side: LookSide, named name: SignalSide?, _ allTerms: Bool) -> LookSideReport {
        let terms = terms(side), selection = selection(side), found = terms.decomposition
        let contributions = terms.contributions(destination: destination, source: source)
        let others = allTerms ? (0..<terms.rank).filter { !selection.kept.contains($0) } : []
        let listed = selection.kept.enumerated().map { ($1, Optional($0)) } + others.map { ($0, nil) }
        return LookSideReport(
            side: name, form: SignalForm(found.form), kept: selection.kept.count, total: Float(contributions.reduce(0, +)),
            kept_sum: Float(selection.kept.reduce(0) { $0 + contributions[$1] }),
            bias_part: Float(terms.biasPart(destination: destination, source: source)),
            residual: Float(terms.residual(destination: destination, source: source)),
            terms: listed.map { k, place in
                LookTerm(
                    k: k, s: found.s[k], destination_projection: terms.destinationProjections[destination * terms.rank + k],
                    source_projection: terms.sourceProjections[source * terms.rank + k], contribution: Float(contributions[k]),
                    ranking: Float(selection.ranking[k]), kept: place != nil,
                    attention_drop: mode == .softmax_greedy ? place.map { Float(selection.credits[$0]) } : nil)
            })
    }
}
