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
