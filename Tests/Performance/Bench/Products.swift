import ArgumentParser
import Kernels
import Tensors

/// sgemm alone, on the shapes of GPT-2 small's forward pass and of the training step: what the machine can do.
struct Products: ParsableCommand {
    @OptionGroup var threads: ThreadOptions

    /// (name, m, n, k, transposeA, transposeB).
    private static let shapes = [
        ("encoder", 2048, 2400, 768, false, false),
        ("encoder gradient", 768, 2400, 2048, true, false),
        ("decoder gradient", 2048, 2400, 768, false, true),
        ("c_attn", 2048, 2304, 768, false, false),
        ("c_fc", 2048, 3072, 768, false, false),
        ("mlp_c_proj", 2048, 768, 3072, false, false),
    ]

    func run() throws {
        threads.apply()
        var generator = RandomGenerator(seed: 1)
        for (name, m, n, k, transposeA, transposeB) in Self.shapes {
            let A = (0..<m * k).map { _ in generator.uniform() }, B = (0..<k * n).map { _ in generator.uniform() }
            var C = [Float](repeating: 0, count: m * n)
            let seconds = best(of: 10) {
                var out = C.mutableSpan
                gemm(m, n, k, A.span, B.span, into: &out, transposeA: transposeA, transposeB: transposeB)
            }
            try Figure(what: "sgemm \(name) \(m)x\(n)x\(k)", seconds: seconds, gigaflops: 2e-9 * Double(m * n * k) / seconds)
                .print()
        }
    }
}
