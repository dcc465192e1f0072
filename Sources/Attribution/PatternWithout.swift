/// A row of a pattern after contributions to its scores have been taken away, in closed form.
///
/// A'_j = A_j exp(−c_j) / Σ A_j' exp(−c_j'), with the largest −c_j taken out of all exponents, so that no contribution is too large.
///
/// - Parameters:
///   - contributions: c_j of each source.
///   - A: The row as it is.
/// - Returns: A'; A itself where nothing of the row is left to share.
func patternWithout(_ contributions: [Double], _ A: [Double]) -> [Double] {
    precondition(contributions.count == A.count, "\(contributions.count) contributions to a row of \(A.count)")
    let greatest = contributions.reduce(-.infinity) { max($0, -$1) }
    let changed = zip(A, contributions).map { $0 * exponential(-$1 - greatest) }
    let total = changed.reduce(0, +)
    return total > 0 ? changed.map { $0 / total } : A
}
