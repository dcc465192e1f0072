import Checkpoints
import Circuits
import GPT2
import Testing

@Suite struct SingularDecompositionTests {
    @Test func `a form reads a constant where its biases stand`() {
        #expect(QKForm.allCases.map(\.augmentsDestination) == [false, true, false, true])
        #expect(QKForm.allCases.map(\.augmentsSource) == [false, true, true, false])
    }
}
