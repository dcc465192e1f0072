// The search for the greatest λ_m within a budget of divergence:
//
// 1. A trial trains with one λ_m from the mask of the best trial so far, or from ones; it passes if the divergence of its survivors is
//    at most (1 + budget) times that of the whole map.
// 2. λ_m grows by `factor` while trials pass, and shrinks by it while none has.
// 3. Between the greatest that passed and the least that failed, the geometric mean is next.
// 4. The search ends when these two are within `resolution`, or when its trials are used up; the greatest that passed is kept.

/// Where a search for the mask's sparsity weight stands.
public struct SparsitySearch: Sendable, Codable, Equatable {
    /// One trial's outcome.
    public struct Trial: Sendable, Codable, Equatable {
        /// λ_m.
        public var lambda: Double
        /// KL(P‖P̂) of the survivors.
        public var KL: Double
        /// Entries that have survived.
        public var entries: Int
        /// Whether the divergence is within the budget.
        public var passed: Bool
    }

    /// The λ_m of the trial that is to come or under way.
    public private(set) var lambda: Double
    /// The trials done.
    public private(set) var trials: [Trial] = []
    /// The greatest divergence that passes.
    public let limit: Double
    /// How many trials there may be.
    public let most: Int

    /// How λ_m changes until the first trial passes, and until the first one fails.
    public static let factor = 4.0
    /// How near the two ends are when the search is over: the number of survivors then differs by some per cent.
    public static let resolution = 1.3

    /// A search that begins at `lambda`.
    ///
    /// - Parameters:
    ///   - KL_map: KL(P‖P̂) of the whole map.
    ///   - budget: How much of it may be added.
    ///   - most: How many trials there may be.
    public init(from lambda: Double, KL_map: Double, budget: Double, most: Int) {
        (self.lambda, self.most) = (lambda, most)
        limit = KL_map * (1 + budget)
    }

    /// The greatest λ_m that has passed.
    public var best: Trial? { trials.filter(\.passed).max { $0.lambda < $1.lambda } }

    /// Whether there is nothing more to try.
    public var isDone: Bool {
        // With nothing left, no greater weight can leave less.
        if trials.count >= most || best?.entries == 0 { return true }
        guard let best, let worst else { return false }
        return worst.lambda / best.lambda <= Self.resolution
    }

    /// Takes in a trial's outcome.
    ///
    /// - Returns: Whether it is the best so far.
    public mutating func record(KL: Double, entries: Int) -> Bool {
        let before = best?.lambda ?? 0
        trials.append(Trial(lambda: lambda, KL: KL, entries: entries, passed: KL <= limit))
        defer {
            switch (best, worst) {
            case (let best?, let worst?): lambda = (best.lambda * worst.lambda).squareRoot()
            case (let best?, nil): lambda = best.lambda * Self.factor
            case (nil, let worst?): lambda = worst.lambda / Self.factor
            case (nil, nil): break
            }
        }
        return KL <= limit && lambda > before
    }

    /// The least λ_m that has failed above the best.
    private var worst: Trial? {
        let least = best?.lambda ?? 0
        return trials.filter { !$0.passed && $0.lambda > least }.min { $0.lambda < $1.lambda }
    }
}
