import Tensors

extension SparseRows {
    /// Made-up active features of tokens.
    ///
    /// - Parameters:
    ///   - tokens: How many rows.
    ///   - active: Different features in each.
    ///   - draw: One feature.
    init(
        tokens: Int, active: Int, using generator: inout RandomGenerator, draw: (inout RandomGenerator) -> Int32
    ) {
        self.init()
        for _ in 0..<tokens {
            var chosen: Set<Int32> = []
            while chosen.count < active { chosen.insert(draw(&generator)) }
            for feature in chosen.sorted() { append(feature, 0.5 + generator.uniform()) }
            endRow()
        }
    }
}
