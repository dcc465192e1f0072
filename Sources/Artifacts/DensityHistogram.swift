private import Foundation
public import JSON

/// How many features are active at how large a share of the tokens.
public enum DensityHistogram {
    /// The names of the parts, from often to seldom.
    public static let parts = (1...8).map { "1e-\($0)" }

    /// How many features are active at a share of tokens of at least 10⁻ⁿ but less than ten times that, `1e-1` to `1e-8`; never active
    /// ones are left out.
    public static func json(_ density: [Double]) -> JSON {
        var counts: JSONObject = [:]
        for (part, exponent) in zip(parts, 1...) {
            let least = pow(10, -Double(exponent)), most = exponent == 1 ? Double.infinity : pow(10, -Double(exponent - 1))
            counts[part] = .integer(density.count { least <= $0 && $0 < most })
        }
        return .object(counts)
    }
}
