private import Glibc

/// Nodes and weights of Gauss and Legendre's quadrature on [0, 1]: exact for polynomials of degree 2n − 1.
struct GaussLegendre: Sendable {
    /// Ascending.
    let nodes: [Double]
    /// They sum to 1.
    let weights: [Double]

    /// The rule of `n` nodes, the zeros of the Legendre polynomial P_n, found by Newton's method.
    ///
    /// *Source:* Press et al., "Numerical Recipes" (3rd ed.), 4.6: the start cos(π(k − ¼)/(n + ½)), the recurrence of P_n, and the weights
    /// 2/((1 − x²)P_n′(x)²).
    init(_ n: Int) {
        precondition(n > 0, "a rule of \(n) nodes")
        var found: [(node: Double, weight: Double)] = []
        for k in 1...n {
            var x = cos(.pi * (Double(k) - 0.25) / (Double(n) + 0.5)), slope = 0.0
            // Newton's method doubles the digits: from two or three, five steps are more than a double has.
            for _ in 0..<6 {
                var (previous, value) = (0.0, 1.0)
                for degree in 1...n {
                    (previous, value) = (
                        value, (Double(2 * degree - 1) * x * value - Double(degree - 1) * previous) / Double(degree)
                    )
                }
                slope = Double(n) * (x * value - previous) / (x * x - 1)
                x -= value / slope
            }
            found.append(((1 - x) / 2, 1 / ((1 - x * x) * slope * slope)))
        }
        nodes = found.map(\.node)
        weights = found.map(\.weight)
    }
}
