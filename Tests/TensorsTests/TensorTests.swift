import Tensors
import Testing

@Suite struct TensorTests {
    @Test func `both 16-bit formats widen exactly`() {
        #expect(HalfPrecision.widen(binary16: 0x3C00) == 1)
        #expect(HalfPrecision.widen(binary16: 0xC000) == -2)
        #expect(HalfPrecision.widen(binary16: 0x0001) == 0x1p-24)
        #expect(HalfPrecision.widen(bfloat16: 0x3F80) == 1)
        #expect(HalfPrecision.widen(bfloat16: 0xFF80) == -.infinity)
    }

    @Test func `sparse rows remember where each row begins`() {
        var rows = SparseRows()
        rows.append(3, 0.5)
        rows.append(9, 1)
        rows.endRow()
        rows.endRow()
        rows.append(1, 2)
        rows.endRow()
        #expect(rows.rows == 3)
        #expect(rows.range(0) == 0..<2 && rows.range(1).isEmpty && rows.range(2) == 2..<3)
        #expect(rows == SparseRows(offsets: [0, 2, 2, 3], indices: [3, 9, 1], values: [0.5, 1, 2]))
    }
}
