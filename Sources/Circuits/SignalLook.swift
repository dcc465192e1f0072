public import Attribution

/// One look of a head, taken apart: its terms, those it is made of, and what it reads at either end.
public struct SignalLook: Sendable {
    /// How the terms were selected.
    public let mode: SelectionMode
    /// The ends.
    public let destination: Int, source: Int
    /// The terms by which the destination's side was selected, and those of the source's; the same but with `relative_attention`.
    public let destinationTerms: HeadTerms, sourceTerms: HeadTerms
    /// The terms kept for either side.
    public let destinationSelection: TermSelection, sourceSelection: TermSelection

    /// Takes a look apart.
    ///
    /// - Parameters:
    ///   - activations: The layer's, of the prompt.
    ///   - decompositions: Gives the layer's decompositions in a form.
    ///   - head: The head.
    ///   - destination: Where it looks from.
    ///   - source: What it looks at; nil for what it attends to most.
    ///   - mode: How terms are selected.
    ///   - phi: The share of the total that the kept terms have to exceed.
    /// - Precondition: `source <= destination < T`, and the head exists.
    public init(
        _ activations: LayerActivations, _ decompositions: (QKForm) throws -> LayerDecompositions, head: Int, destination: Int,
        source: Int?, mode: SelectionMode, phi: Double = 1
    ) rethrows {
        let terms = HeadTerms(activations, try decompositions(mode.destinationForm), head: head)
        let isShared = mode.sourceForm == mode.destinationForm
        let others = isShared ? terms : HeadTerms(activations, try decompositions(mode.sourceForm), head: head)
        self.init(terms, others, destination: destination, source: source, mode: mode, phi: phi)
    }

    /// Takes a look apart whose head's terms are at hand.
    public init(
        _ destinationTerms: HeadTerms, _ sourceTerms: HeadTerms, destination: Int, source: Int?, mode: SelectionMode,
        phi: Double = 1
    ) {
        let source = source ?? destinationTerms.strongestSource(destination: destination)
        (self.mode, self.destination, self.source) = (mode, destination, source)
        (self.destinationTerms, self.sourceTerms) = (destinationTerms, sourceTerms)
        destinationSelection = destinationTerms.selection(mode, destination: destination, source: source, phi: phi)
        sourceSelection =
            mode.sourceForm == mode.destinationForm
            ? destinationSelection : sourceTerms.selection(mode, destination: destination, source: source, phi: phi)
    }

    /// Whether the head looks there at all, as the mode's authors have it.
    public var fires: Bool { destinationTerms.fires(mode, destination: destination, source: source) }

    /// The terms of a side.
    public func terms(_ side: LookSide) -> HeadTerms { side == .destination ? destinationTerms : sourceTerms }

    /// The terms kept for a side.
    public func selection(_ side: LookSide) -> TermSelection { side == .destination ? destinationSelection : sourceSelection }

    /// What the head reads at a side.
    public func signal(_ side: LookSide) -> Signal {
        Signal(side, of: terms(side), at: side == .destination ? destination : source, kept: selection(side).kept)
    }

    /// How far the terms' sum is from the model's own score, scaled: the larger of the two sides'.
    public var residual: Double {
        LookSide.allCases.map { terms($0).residual(destination: destination, source: source) }.max { abs($0) < abs($1) } ?? 0
    }
}
