import JSON

/// One line of output.
struct Figure: Encodable {
    let what: String
    let seconds: Double
    var tokens_per_second: Double? = nil
    var gigaflops: Double? = nil
    var gigabytes_per_second: Double? = nil

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
