import Attribution
import Tensors
import Testing

@Suite struct ActivationHistogramTests {
    @Test(arguments: [UInt64(1), 2, 3]) func `counts are those of a plain loop, whatever the order`(_ seed: UInt64) {
        var generator = RandomGenerator(seed: seed)
        // From 2⁻¹⁰ to 2¹⁰: the width doubles many times on the way.
        let activations = (0..<500).map { _ -> Float in
            let scale = Float(sign: .plus, exponent: Int(generator.uniform() * 20) - 10, significand: 1)
            return (1 + generator.uniform()) * scale
        }
        for order in [activations, activations.sorted(), activations.sorted(by: >)] {
            var histogram = ActivationHistogram()
            for f in order { histogram.add(f) }
            let largest = activations.max() ?? 0, width = histogram.width
            #expect(
                largest / width >= Float(ActivationHistogram.capacity / 2)
                    && largest / width < Float(ActivationHistogram.capacity))
            var counts = [Int](repeating: 0, count: Int(largest / width) + 1)
            for f in activations { counts[Int(f / width)] += 1 }
            #expect(histogram.counts == counts && ActivationHistogram.width(histogram.exponent) == width)
        }
    }

    @Test func `nothing, zeros and the smallest and largest numbers are counted or passed over, never a trap`() {
        var histogram = ActivationHistogram()
        #expect(histogram.counts.isEmpty)
        for f: Float in [0, -1, .nan, .infinity] { histogram.add(f) }
        #expect(histogram.counts.isEmpty)
        histogram.add(.leastNonzeroMagnitude)
        #expect(histogram.counts.reduce(0, +) == 1)
        histogram.add(.greatestFiniteMagnitude)
        #expect(histogram.counts.reduce(0, +) == 2 && histogram.counts.first == 1 && histogram.counts.last == 1)
        #expect(histogram.counts.count == ActivationHistogram.capacity)
    }
}
