private import CKernels

/// The non-linearities of GPT-2's MLP.
public enum ActivationFunction: String, Sendable, CaseIterable {
    /// x/2 · (1 + tanh(√(2/π)(x + 0.044715x³))).
    case gelu_new
    /// x/2 · (1 + erf(x/√2)).
    case gelu
    /// max(x, 0).
    case relu

    /// Applies the function to every element, on all threads.
    public func apply(_ x: inout MutableSpan<Float>) {
        unsafe x.withUnsafeMutableBufferPointer { buffer in
            inParallel(rows: buffer.count, grain: elementGrain) { part in
                let first = unsafe buffer.baseAddress! + part.lowerBound
                switch self {
                case .gelu_new: unsafe qk_gelu_new(first, part.count)
                case .gelu: unsafe qk_gelu(first, part.count)
                case .relu: unsafe qk_relu(first, part.count)
                }
            }
        }
    }
}
