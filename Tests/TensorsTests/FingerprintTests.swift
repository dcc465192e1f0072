import Tensors
import Testing

@Suite struct FingerprintTests {
    @Test func `every single changed bit, element or length gives another name`() {
        let values = (0..<37).map { Float($0) * 0.5 - 3 }
        func name(_ values: [Float]) -> UInt64 {
            var print = Fingerprint()
            print.update(values.span)
            return print.value
        }
        var seen: Set = [name(values), name(values + [0]), name(Array(values.dropLast()))]
        for index in values.indices {
            for bit in 0..<32 {
                var changed = values
                changed[index] = Float(bitPattern: values[index].bitPattern ^ (1 << bit))
                seen.insert(name(changed))
            }
        }
        #expect(seen.count == 3 + 37 * 32)
        #expect(name(values) == name(values))
    }
}
