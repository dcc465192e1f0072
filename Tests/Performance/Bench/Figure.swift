import JSON

/// One line of output.
struct Figure: Encodable {
    let what: String
    let seconds: Double
    var tokens_per_second: Double? = nil
    var gigaflops: Double? = nil
    var gigabytes_per_second: Double? = nil
    /// The time of the matrix products alone, as a share of this one.
    var share_of_products: Double? = nil

    func print() throws { Swift.print(String(decoding: try JSON(encoding: self).bytes(), as: UTF8.self)) }
}

/// The best of several runs, after one that warms up if wanted.
///
/// - Returns: Seconds.
func best(of runs: Int, warmUp: Bool = true, _ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    if warmUp { try body() }
    var best = Double.infinity
    for _ in 0..<runs { best = min(best, try clock.measure(body) / .seconds(1)) }
    return best
}

/// The middle one of several runs each, taken in turns after one that warms up, so that a busy moment meets all alike.
///
/// - Returns: Seconds, in the order of `bodies`.
func medians(of runs: Int, _ bodies: [() throws -> Void]) throws -> [Double] {
    let clock = ContinuousClock()
    for body in bodies { try body() }
    var times = bodies.map { _ in [Double]() }
    for _ in 0..<runs {
        for (index, body) in bodies.enumerated() { times[index].append(try clock.measure(body) / .seconds(1)) }
    }
    return times.map { $0.sorted()[$0.count / 2] }
}
