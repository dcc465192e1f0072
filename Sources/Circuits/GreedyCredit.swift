private import Glibc
private import Kernels
internal import Tensors

// Which parts of the residual stream a look owes its attention to (specification 2.7), for one side of it:
//
// 1. A row of scores S(j), j ≤ destination, is a sum of items: one for each part of the stream and each singular value k. On the
//    destination's side an item is (part·u_k)/σ · s_k (v_k·(x_j + c_s)), on the source's side s_k ((x + c_d)·u_k) · (part_j·v_k)/σ_j; the
//    offsets c_d and c_s stand for the head's biases, and one item for each k is theirs.
// 2. Integrated gradients of p = softmax(S)[source] along αS, α from 0 to 1 in 64 steps, give each item a worth. They are linear in the
//    item: Σ_j m_j item(j), with m_j = ∫ p_source(α) (δ_{j,source} − p_j(α)) dα the same for all.
// 3. Items are taken away in that order, the worthiest first, and p is computed anew each time; the drop is credited to the item's part.
// 4. When p has fallen below the threshold, that is enough.
//
// *Source:* Franco & Crovella's ACC++ (2026), by specification 2.7; the gradient p_source(e_source − p) is that of a softmax.

/// The parts that a look's attention rests on, by what it falls when they are taken from its scores.
struct GreedyCredit {
    /// By part: what the attention fell by; the greatest first.
    let credits: [PartContribution]
    /// How many singular values any of the items taken away has.
    let terms: Int
    /// What the attention was.
    let attention: Double
    /// How far the items' sum is from the model's own scores, at most.
    let residual: Double

    /// Steps of the integral.
    ///
    /// *Source:* specification 2.7.
    private static let steps = 64
    /// The most items that are taken away.
    private static let mostItems = 1000
    /// Items worth less than this share of the worthiest are looked at only if the others do not suffice.
    private static let leastWorth = 1e-3

    private struct Item {
        let part: StreamPart
        let k: Int
        let worth: Double
    }

    /// One head's products with a prompt, shared by all of its looks.
    struct HeadProducts {
        /// Of the plain map.
        let terms: HeadTerms
        /// [rank] c_d·U and c_s·V.
        let destinationOffsets: [Float], sourceOffsets: [Float]
        /// Every part times U, and times V.
        let parts: (destination: PartProjections, source: PartProjections)

        init(_ pass: PromptPass, _ terms: HeadTerms) throws {
            let found = terms.decomposition
            self.terms = terms
            destinationOffsets = Self.products(found.c_d, found.U)
            sourceOffsets = Self.products(found.c_s, found.V)
            parts = (
                try PartProjections(pass, before: terms.layer, directions: Self.columns(found.U)),
                try PartProjections(pass, before: terms.layer, directions: Self.columns(found.V))
            )
        }

        /// [rank, D] a matrix's columns as rows.
        private static func columns(_ matrix: Tensor) -> [Float] {
            let (D, rank) = (matrix.shape[0], matrix.shape[1])
            return (0..<rank * D).map { matrix.values[$0 % D * rank + $0 / D] }
        }

        /// [rank] a vector times a matrix's columns.
        private static func products(_ vector: [Float], _ matrix: Tensor) -> [Float] {
            let rank = matrix.shape[1]
            return (0..<rank).map { k in vector.indices.reduce(0) { $0 + vector[$1] * matrix.values[$1 * rank + k] } }
        }
    }

    /// Takes one side of a look apart.
    init(_ look: Look, _ side: LookSide, _ head: HeadProducts, _ pass: PromptPass, threshold: Double) {
        let rows = Rows(look, side, head, pass)
        let gradient = Self.gradient(rows.scores, source: look.source)
        let items = rows.items(gradient).filter { $0.worth > 0 }
        let floor = (items.map(\.worth).max() ?? 0) * Self.leastWorth
        var queue = items.filter { $0.worth >= floor }.sorted { $0.worth > $1.worth }
        var isWhole = queue.count == items.count
        var scores = rows.scores, p = Self.softmax(scores)[look.source], taken = 0
        attention = p
        residual = rows.residual
        var credits: [StreamPart: Double] = [:], used: Set<Int> = []
        while p >= threshold, taken < Self.mostItems {
            if taken == queue.count {
                if isWhole { break }
                isWhole = true
                queue += items.filter { $0.worth < floor }.sorted { $0.worth > $1.worth }
            }
            let item = queue[taken]
            for (j, value) in rows.row(item).enumerated() { scores[j] -= value }
            let before = p
            p = Self.softmax(scores)[look.source]
            credits[item.part, default: 0] += before - p
            used.insert(item.k)
            taken += 1
        }
        terms = used.count
        self.credits = credits.map { PartContribution($0.key, $0.value) }.sorted { $0.value > $1.value }
    }

    /// m_j of the integrated gradients, by the trapezoid rule.
    private static func gradient(_ scores: [Double], source: Int) -> [Double] {
        var m = [Double](repeating: 0, count: scores.count)
        for step in 0...steps {
            let alpha = Double(step) / Double(steps)
            let p = softmax(scores.map { alpha * $0 })
            let weight = (step == 0 || step == steps ? 0.5 : 1) / Double(steps) * p[source]
            for j in m.indices { m[j] += weight * ((j == source ? 1 : 0) - p[j]) }
        }
        return m
    }

    private static func softmax(_ scores: [Double]) -> [Double] {
        let most = scores.max() ?? 0
        let weights = scores.map { exp($0 - most) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// The items of one side, without a list of all their rows.
    private struct Rows {
        let look: Look, side: LookSide
        let head: HeadProducts
        let pass: PromptPass
        /// [destination + 1] the model's own.
        let scores: [Double]
        private let sigma: [Float]
        private var terms: HeadTerms { head.terms }
        private var rank: Int { head.terms.rank }

        init(_ look: Look, _ side: LookSide, _ head: HeadProducts, _ pass: PromptPass) {
            (self.look, self.side, self.head, self.pass) = (look, side, head, pass)
            sigma = pass.layers[look.layer].sigma
            scores = (0...look.destination).map { head.terms.attn_score(destination: look.destination, source: $0) }
        }

        /// s_k, scaled.
        private func value(_ k: Int) -> Double { terms.attn_scale * Double(terms.decomposition.s[k]) }

        /// s_k times what the destination has of u_k, offset included, scaled.
        private func query(_ k: Int) -> Double {
            value(k) * Double(terms.destinationProjections[look.destination * rank + k])
        }

        /// What a source has of v_k, offset included.
        private func key(_ j: Int, _ k: Int) -> Double { Double(terms.sourceProjections[j * rank + k]) }

        /// [destination + 1] what an item adds to the scores.
        func row(_ item: Item) -> [Double] {
            let range = 0...look.destination, k = item.k
            switch side {
            case .destination:
                let factor = value(k) * destinationShare(item.part, k)
                return range.map { factor * key($0, k) }
            case .source:
                let factor = query(k)
                if item.part == .offset { return range.map { _ in factor * Double(head.sourceOffsets[k]) } }
                let parts = head.parts.source.row(item.part, direction: k)
                return range.map { factor * Double(parts[$0] / sigma[$0]) }
            }
        }

        private func destinationShare(_ part: StreamPart, _ k: Int) -> Double {
            if part == .offset { return Double(head.destinationOffsets[k]) }
            return Double(head.parts.destination.row(part, direction: k)[look.destination] / sigma[look.destination])
        }

        /// All items with their worths.
        func items(_ gradient: [Double]) -> [Item] {
            var items: [Item] = []
            var weights = [Float](repeating: 0, count: pass.T)
            for k in 0..<rank {
                switch side {
                case .destination:
                    let factor = value(k) * gradient.indices.reduce(0) { $0 + gradient[$1] * key($1, k) }
                    weights[look.destination] = 1 / sigma[look.destination]
                    for found in head.parts.destination.contributions(direction: k, weights: weights) {
                        items.append(Item(part: found.part, k: k, worth: factor * found.value))
                    }
                    items.append(Item(part: .offset, k: k, worth: factor * Double(head.destinationOffsets[k])))
                case .source:
                    let factor = query(k)
                    for j in 0...look.destination { weights[j] = Float(factor * gradient[j]) / sigma[j] }
                    for found in head.parts.source.contributions(direction: k, weights: weights) {
                        items.append(Item(part: found.part, k: k, worth: found.value))
                    }
                // The offset is the same for every source, which no attention sees.
                }
            }
            return items
        }

        /// How far the sum over singular values is from the model's own scores, up to what is the same for all sources.
        var residual: Double {
            let sums = (0...look.destination).map { j in
                (0..<rank).reduce(0) { $0 + query($1) * key(j, $1) }
            }
            let differences = zip(sums, scores).map { $0 - $1 }
            return (differences.max() ?? 0) - (differences.min() ?? 0)
        }
    }
}
