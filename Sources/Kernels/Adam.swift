private import CKernels
private import Glibc

/// Adam's settings and its step.
///
/// *Source:* Kingma & Ba 2015, with the bias corrections as PyTorch applies them.
public struct Adam: Sendable, Codable, Equatable {
    /// Decay of the first moment.
    public var beta1: Float
    /// Decay of the second moment.
    public var beta2: Float
    /// Added to the root of the second moment.
    public var epsilon: Float

    /// The fewest parameters worth a thread: some 10 µs of them.
    private static let grain = 1 << 14

    /// PyTorch's defaults: β (0.9, 0.999), ε 1e-8.
    public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    /// One step over one parameter tensor.
    ///
    /// - Parameters:
    ///   - parameters: [n] in and out.
    ///   - gradient: [n].
    ///   - first: [n] first moment, in and out.
    ///   - second: [n] second moment, in and out.
    ///   - learningRate: This step's rate.
    ///   - step: This step's number, counted from 1.
    /// - Complexity: one pass over four streams.
    public func step(
        _ parameters: inout MutableSpan<Float>, gradient: Span<Float>, first: inout MutableSpan<Float>,
        second: inout MutableSpan<Float>, learningRate: Float, step: Int
    ) {
        let n = parameters.count
        precondition(
            gradient.count == n && first.count == n && second.count == n,
            "\(n) parameters, \(gradient.count) gradients, moments of \(first.count) and \(second.count)")
        let stepSize = Double(learningRate) / (1 - pow(Double(beta1), Double(step)))
        let rootScale = 1 / (1 - pow(Double(beta2), Double(step))).squareRoot()
        unsafe parameters.withUnsafeMutableBufferPointer { w in
            unsafe gradient.withUnsafeBufferPointer { g in
                unsafe first.withUnsafeMutableBufferPointer { m in
                    unsafe second.withUnsafeMutableBufferPointer { v in
                        inParallel(rows: n, grain: Self.grain) { part in
                            let first = part.lowerBound
                            unsafe qk_adam(
                                w.baseAddress! + first, g.baseAddress! + first, m.baseAddress! + first, v.baseAddress! + first,
                                part.count, beta1, beta2, Float(stepSize), Float(rootScale), epsilon)
                        }
                    }
                }
            }
        }
    }
}
