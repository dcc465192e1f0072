public import Attribution
private import Kernels

/// How many terms the looks of a head are made of.
public struct SetSizes: Sendable, Equatable {
    /// [rank + 1] how many looks keep 0, 1, 2, … terms.
    public private(set) var histogram: [Int]

    /// No looks yet, of a head whose scores have `rank` terms.
    public init(rank: Int) { histogram = Array(repeating: 0, count: rank + 1) }

    /// Counts every look that fires, of each destination all sources.
    ///
    /// - Parameters:
    ///   - terms: The head's, in the form of one of the mode's sides.
    ///   - mode: How terms are selected.
    ///   - phi: The share of the total that the kept terms have to exceed.
    /// - Complexity: O(rank · log rank) per look; with `softmax_greedy` O(destination · (rank + 64)).
    public mutating func add(_ terms: HeadTerms, _ mode: SelectionMode, phi: Double) {
        for destination in 0..<terms.T {
            for source in 0...destination where terms.fires(mode, destination: destination, source: source) {
                histogram[terms.selection(mode, destination: destination, source: source, phi: phi).kept.count] += 1
            }
        }
    }

    /// How many looks were counted.
    public var looks: Int { histogram.reduce(0, +) }

    /// The mean number of terms; nil without looks.
    public var mean: Double? {
        let total = histogram.enumerated().reduce(0) { $0 + $1.offset * $1.element }
        return looks > 0 ? Double(total) / Double(looks) : nil
    }

    /// The least number of terms that a share of the looks does not exceed; nil without looks.
    public func quantile(_ share: Double) -> Int? {
        let wanted = share * Double(looks)
        var seen = 0
        for (size, count) in histogram.enumerated() {
            seen += count
            if count > 0, Double(seen) >= wanted { return size }
        }
        return nil
    }
}

extension SetSizes {
    /// Counts the looks of some heads of a layer over a prompt, the heads shared among the kernels' threads.
    ///
    /// - Parameters:
    ///   - activations: The layer's, of the prompt.
    ///   - decompositions: The layer's, in the form of one of the mode's sides.
    ///   - heads: The heads.
    ///   - mode: How terms are selected.
    ///   - phi: The share of the total that the kept terms have to exceed.
    ///   - sizes: One for each of the heads.
    public static func add(
        _ activations: LayerActivations, _ decompositions: LayerDecompositions, heads: [Int], _ mode: SelectionMode, phi: Double,
        to sizes: inout [SetSizes]
    ) {
        precondition(heads.count == sizes.count, "\(heads.count) heads and \(sizes.count) counts")
        inParallel(&sizes) { place, sizes in
            sizes.add(HeadTerms(activations, decompositions, head: heads[place]), mode, phi: phi)
        }
    }
}
