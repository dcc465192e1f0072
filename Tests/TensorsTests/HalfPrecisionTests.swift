import Tensors
import Testing

@Suite struct HalfPrecisionTests {
    @Test("every binary16 pattern widens to its value") func everyPattern() {
        for bits in UInt16.min...UInt16.max {
            let exact = Float(Float16(bitPattern: bits)), found = HalfPrecision.widen(binary16: bits)
            #expect(exact.isNaN ? found.isNaN : exact.bitPattern == found.bitPattern, "pattern \(bits)")
        }
    }
}

extension HalfPrecisionTests {
    /// Every pattern, and both sides of every border between two of them.
    @Test func `narrowing rounds to nearest even, as Float16 does`() {
        var wrong: [Float] = []
        for bits in UInt16.min...0x7BFF {
            let exact = Float(Float16(bitPattern: bits)), above = Float(Float16(bitPattern: bits + 1))
            let middle = above.isFinite ? exact + (above - exact) / 2 : 65520
            for value in [exact, exact.nextUp, middle.nextDown, middle, middle.nextUp] {
                for signed in [value, -value] {
                    if HalfPrecision.narrow(binary16: signed) != Float16(signed).bitPattern { wrong.append(signed) }
                }
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count) wrong, the first \(wrong.first ?? 0)")
        #expect(HalfPrecision.narrow(binary16: .infinity) == 0x7C00 && HalfPrecision.narrow(binary16: -.infinity) == 0xFC00)
        #expect(HalfPrecision.widen(binary16: HalfPrecision.narrow(binary16: .nan)).isNaN)
        #expect(HalfPrecision.narrow(binary16: .leastNonzeroMagnitude) == 0)
        #expect(HalfPrecision.narrow(binary16: .greatestFiniteMagnitude) == 0x7C00)
    }

    @Test(arguments: [0, 1, 3, 4, 7, 8, 33]) func `runs of numbers are converted one by one, at any place`(count: Int) {
        let values = (0..<count).map { Float($0) * 1.37 - 9 }
        for offset in 0..<3 {
            var bytes = [UInt8](repeating: 7, count: offset)
            #expect(HalfPrecision.narrow(values.span, appendingTo: &bytes))
            #expect(bytes.count == offset + 2 * count && bytes.prefix(offset).allSatisfy { $0 == 7 })
            var wide = [Float](repeating: 5, count: count + 2)
            do {
                var span = wide.mutableSpan
                HalfPrecision.widen(bytes.span.extracting(offset...), into: &span, at: 1)
            }
            #expect(wide == [5] + values.map { Float(Float16($0)) } + [5])
        }
    }

    @Test func `a number beyond the greatest is told, and infinities are none`() {
        for (value, fits) in [(Float(65519.99), true), (65520, false), (-65520, false), (.infinity, true), (.nan, true)] {
            var bytes: [UInt8] = []
            #expect(HalfPrecision.narrow([0, 1, value, 2, 3].span, appendingTo: &bytes) == fits, "\(value)")
        }
    }
}
