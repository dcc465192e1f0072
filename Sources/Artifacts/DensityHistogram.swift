private import Foundation
import JSON

/// How many features are active at how large a share of the tokens.
enum DensityHistogram {
    /// How many features are active at a share of tokens of at least 10⁻ⁿ but less than ten times that, `1e-1` to `1e-8`; never active
    /// ones are left out.
    static func json(_ density: [Double]) -> JSON {
        var counts: JSONObject = [:]
        for exponent in 1...8 {
            let least = pow(10, -Double(exponent)), most = exponent == 1 ? Double.infinity : pow(10, -Double(exponent - 1))
            counts["1e-\(exponent)"] = .integer(density.count { least <= $0 && $0 < most })
        }
        return .object(counts)
    }
}
