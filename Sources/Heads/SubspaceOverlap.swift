private import Kernels
public import Tensors

// How far the space that a head writes into is the space that another reads from, whatever the strengths: the projection kernel
// PK(U, V) = ‖UᵀV‖² (Frobenius) of orthonormal bases, the sum of the squared cosines of the principal angles. It lies between 0 and the
// lesser dimension; random spaces of dimensions a and b, both within the D − 1 dimensions that have no mean, have a·b/(D − 1) on average.
//
// Source: specification 4.2; Hamm & Lee, "Grassmann Discriminant Analysis" (2008), for the kernel.

/// The projection kernels between the heads of two layers.
public enum SubspaceOverlap {
    /// ‖UᵀV‖² of two orthonormal bases.
    ///
    /// - Parameters:
    ///   - first: [a, D], rows.
    ///   - second: [b, D], rows.
    public static func projectionKernel(_ first: [Float], _ second: [Float], D: Int) -> Double {
        let a = first.count / D, b = second.count / D
        if a == 0 || b == 0 { return 0 }
        let cosines = product(a, b, D, first, second, transposeB: true)
        return sumOfProducts(cosines, cosines, 0..<cosines.count)
    }

    /// What random spaces have on average.
    public static func expected(_ a: Int, _ b: Int, D: Int) -> Double { Double(a * b) / Double(D - 1) }

    /// The spread of the kernel between random spaces of one dimension.
    ///
    /// - Parameters:
    ///   - dimension: Of each, at most D − 1.
    ///   - D: The width of the residual stream.
    ///   - spaces: How many are drawn, at least three; each is compared with each.
    ///   - generator: The dice.
    public static func randomReference(
        dimension: Int, D: Int, spaces: Int, _ generator: inout RandomGenerator
    ) -> (mean: Double, sd: Double) {
        precondition(spaces >= 3 && dimension < D, "\(spaces) spaces of \(dimension) dimensions among \(D)")
        let bases = (0..<spaces).map { _ in orthonormal(randomDirections(dimension, D, &generator), D) }
        var kernels: [Double] = []
        for (index, first) in bases.enumerated() {
            for second in bases[..<index] { kernels.append(projectionKernel(first, second, D: D)) }
        }
        let mean = kernels.reduce(0, +) / Double(kernels.count)
        let squares = kernels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(kernels.count - 1)).squareRoot())
    }

    /// Rows made orthonormal (Gram & Schmidt, twice, which is enough).
    private static func orthonormal(_ rows: [Float], _ D: Int) -> [Float] {
        var basis = rows
        for row in 0..<rows.count / D {
            var own = Array(basis[row * D..<(row + 1) * D])
            for _ in 0..<2 {
                for other in 0..<row {
                    let range = other * D..<(other + 1) * D
                    let share = dot(basis.span.extracting(range), own.span)
                    var span = own.mutableSpan
                    axpy(-share, basis.span.extracting(range), &span)
                }
                let length = sumOfProducts(own, own, 0..<D).squareRoot()
                for d in 0..<D { own[d] = Float(Double(own[d]) / length) }
            }
            basis.replaceSubrange(row * D..<(row + 1) * D, with: own)
        }
        return basis
    }
}
