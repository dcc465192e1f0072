public import JSON

// A training writes a line of figures for every so many steps. A dictionary keeps up to a thousand of them beside its weights, as one
// tensor of a column for each figure; what a line lacks is not a number there.

/// The figures of a dictionary's training over its steps.
public struct TrainingHistory: Sendable {
    /// One object for each step that is told, as `jobs.metrics` has them, without what is the same in all of them.
    public let lines: [JSON]

    /// The most lines that a dictionary keeps.
    public static let mostKept = 1000
    /// The tensor's name; another set of columns has another name.
    static let tensorName = "history.1"

    /// The landmarks' figures: how much of the loss the dictionary recovers on held-out contexts.
    ///
    /// *Source:* sae-lens 6.54, `evals.py`.
    public enum Landmark {
        /// (CE_zero − CE_sae)/(CE_zero − CE).
        public static let CE_recovered = "model_performance_preservation/ce_loss_score"
        /// The model's loss with the pattern rebuilt.
        public static let CE_sae = "model_performance_preservation/ce_loss_with_sae"
        /// The model's own loss.
        public static let CE = "model_performance_preservation/ce_loss_without_sae"
        /// Its loss with the pattern set to zero.
        public static let CE_zero = "model_performance_preservation/ce_loss_with_ablation"
        /// How many features are active how often.
        public static let density_query = "sparsity/density_query", density_key = "sparsity/density_key"
    }

    /// The columns with one number each.
    ///
    /// Another set of columns needs another name of the tensor.
    static let figures = [
        "step", "details/current_learning_rate", "details/sparsity_coefficient", "losses/kl_loss", "losses/kl_loss_key",
        "losses/kl_loss_query", "losses/mse_loss", "losses/overall_loss", "losses/sparsity_loss",
        "metrics/explained_variance_key", "metrics/explained_variance_query", "metrics/l0_key", "metrics/l0_query",
        "sparsity/dead_features_key", "sparsity/dead_features_query", "sparsity/live_features_key",
        "sparsity/live_features_query", Landmark.CE, Landmark.CE_recovered, Landmark.CE_sae, Landmark.CE_zero,
    ]
    /// The columns after them: one for each part of each histogram.
    static let histograms = [Landmark.density_query, Landmark.density_key]
    private static let columns = figures.count + histograms.count * DensityHistogram.parts.count
    /// Counts, which are written without a decimal point.
    private static func isCount(_ name: String) -> Bool {
        name == "step" || name.hasPrefix("sparsity/dead") || name.hasPrefix("sparsity/live")
    }

    /// A history.
    public init(lines: [JSON]) { self.lines = lines }

    /// At most so many lines; see ``kept(_:of:landmarks:)``.
    public func thinned(to points: Int) -> TrainingHistory {
        let landmarks = lines.indices.filter { lines[$0][Landmark.density_query] != nil }
        let kept = Self.kept(points, of: lines.count, landmarks: landmarks)
        return TrainingHistory(lines: lines.indices.filter { kept.contains($0) }.map { lines[$0] })
    }

    /// Which lines of a longer history are kept: as many landmarks as make up half of them at most, and evenly spaced lines, the first
    /// and the last among them.
    ///
    /// - Parameters:
    ///   - points: How many lines at most, at least 2.
    ///   - count: How many there are.
    ///   - landmarks: Which of them are landmarks, ascending.
    public static func kept(_ points: Int, of count: Int, landmarks: [Int]) -> Set<Int> {
        guard count > points else { return Set(0..<count) }
        // The two ends come first.
        let most = points < 4 ? 0 : points / 2
        let chosen = landmarks.count <= most ? landmarks : spaced(most, of: landmarks.count).map { landmarks[$0] }
        let kept = Set(chosen), others = (0..<count).filter { !kept.contains($0) }
        return kept.union(spaced(points - kept.count, of: others.count).map { others[$0] })
    }

    /// Evenly spaced places, both ends among them.
    private static func spaced(_ points: Int, of count: Int) -> [Int] {
        guard points > 1 else { return [] }
        return (0..<points).map { (2 * $0 * (count - 1) + points - 1) / (2 * (points - 1)) }
    }

    /// [lines, columns].
    var tensor: (values: [Float], shape: [Int]) {
        var values: [Float] = []
        values.reserveCapacity(lines.count * Self.columns)
        for line in lines {
            for name in Self.figures { values.append(line[name]?.number.map { Float($0) } ?? .nan) }
            for name in Self.histograms {
                for part in DensityHistogram.parts { values.append(line[name]?[part]?.number.map { Float($0) } ?? .nan) }
            }
        }
        return (values, [lines.count, Self.columns])
    }

    /// A history as it was kept; nil if that is none.
    init?(_ values: [Float], shape: [Int]) {
        guard shape.count == 2, shape[1] == Self.columns else { return nil }
        lines = (0..<shape[0]).map { row in
            var line: JSONObject = [:]
            for (column, name) in Self.figures.enumerated() {
                let value = values[row * shape[1] + column]
                guard !value.isNaN else { continue }
                line[name] = Self.isCount(name) ? Int(exactly: value).map { .integer($0) } ?? .float(value) : .float(value)
            }
            for (number, name) in Self.histograms.enumerated() {
                let first = row * shape[1] + Self.figures.count + number * DensityHistogram.parts.count
                var counts: JSONObject = [:]
                for (part, name) in DensityHistogram.parts.enumerated() {
                    counts[name] = Int(exactly: values[first + part]).map { .integer($0) }
                }
                if !counts.isEmpty { line[name] = .object(counts) }
            }
            return .object(line)
        }
    }
}
