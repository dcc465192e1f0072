import Dictionaries

/// The auxiliary loss of one side, all of whose features are dead.
struct AuxiliaryTwin {
    let x, y: [Double]
    /// ŷ, held fixed.
    let reconstruction: [Double]
    let k: Int

    private func variance(_ width: Int) -> Double {
        let N = y.count / width
        return (0..<width).reduce(0) { sum, c in
            let mean = (0..<N).reduce(0) { $0 + y[$1 * width + c] } / Double(N)
            return sum + (0..<N).reduce(0) { $0 + (y[$1 * width + c] - mean) * (y[$1 * width + c] - mean) }
        }
    }

    /// Σ‖ê − e‖²/Σ‖y − mean y‖².
    func loss(_ side: TwinSide) -> Double {
        let difference = difference(side, TwinGate.largest(k)(side.preactivations(x)))
        return difference.reduce(0) { $0 + $1 * $1 } / variance(side.H * side.K)
    }

    private func difference(_ side: TwinSide, _ f: [[Double]]) -> [Double] {
        var centred = side
        centred.b_out = side.b_out.map { _ in 0 }
        return zip(centred.decode(f), zip(y, reconstruction)).map { $0 - ($1.0 - $1.1) }
    }

    /// Its gradient.
    func gradient(_ side: TwinSide) -> TwinSide {
        let f = TwinGate.largest(k)(side.preactivations(x)), out = side.H * side.K
        let total = variance(out), dy = difference(side, f).map { 2 * $0 / total }
        var gradient = side.zeros
        for t in f.indices {
            for a in 0..<side.F where f[t][a] > 0 {
                var df = 0.0
                for c in 0..<out {
                    df += dy[t * out + c] * side.W_dec[a * out + c]
                    gradient.W_dec[a * out + c] += f[t][a] * dy[t * out + c]
                }
                gradient.b_enc[a] += df
                for d in 0..<side.D {
                    gradient.W_enc[d * side.F + a] += (x[t * side.D + d] - side.b_in[d]) * df
                    gradient.b_in[d] -= df * side.W_enc[d * side.F + a]
                }
            }
        }
        return gradient
    }
}
