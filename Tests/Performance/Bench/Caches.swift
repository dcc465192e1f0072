import ArgumentParser
import Glibc
import Store
import Tensors

/// Activation caches: writing one, and reading whole contexts of it in a shuffled order from the page cache.
struct Caches: ParsableCommand {
    @Option(help: "Where the cache is put for the time of the run.") var directory: String
    @Option(help: "Contexts of 256 positions of 768 numbers.") var contexts = 1024

    /// A training step's batch.
    private static let batch = 16
    private static let T = 256, width = 768

    func run() throws {
        for element in ActivationCacheShape.Element.allCases { try measure(element) }
    }

    private func measure(_ element: ActivationCacheShape.Element) throws {
        let size = Self.T * Self.width, path = "\(directory)/qklens-bench-cache"
        let gigabytes = Double(contexts * size * element.bytes) * 1e-9
        var generator = RandomGenerator(seed: 1)
        let values = (0..<Self.batch * size).map { _ in generator.uniform() * 8 - 4 }
        let shape = ActivationCacheShape(
            T: Self.T, activations: [.init(name: "blocks.0.ln1.hook_x", width: Self.width)], element: element)
        let written = try best(of: 2, warmUp: false) {
            try ActivationCache.remove(path)
            var writer = try ActivationCacheWriter(directory: path, shape: shape)
            for _ in 0..<contexts / Self.batch { try writer.append([values]) }
            try writer.finish()
        }
        try Figure(what: "cache write \(element), synced", seconds: written, gigabytes_per_second: gigabytes / written).print()
        let cache = try ActivationCache(directory: path)
        let order = generator.permutation(cache.sequences)
        var batch = [Float](repeating: 0, count: Self.batch * size)
        let read = try best(of: 5) {
            for first in stride(from: 0, to: order.count - Self.batch + 1, by: Self.batch) {
                var span = batch.mutableSpan
                try cache.read(0, sequences: order[first..<first + Self.batch], into: &span)
            }
        }
        try Figure(what: "cache read \(element), shuffled contexts", seconds: read, gigabytes_per_second: gigabytes / read)
            .print()
        let verified = try best(of: 2) { _ = try cache.verify() }
        try Figure(what: "cache verify \(element)", seconds: verified, gigabytes_per_second: gigabytes / verified).print()
        try ActivationCache.remove(path)
    }
}
