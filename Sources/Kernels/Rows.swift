private import CKernels

/// Σ xᵢyᵢ.
///
/// - Precondition: equal counts.
public func dot(_ x: Span<Float>, _ y: Span<Float>) -> Float {
    precondition(x.count == y.count, "dot of \(x.count) and \(y.count) elements")
    return unsafe x.withUnsafeBufferPointer { a in
        unsafe y.withUnsafeBufferPointer { b in unsafe qk_dot(a.baseAddress, b.baseAddress, a.count) }
    }
}

/// y ← y + a·x.
///
/// - Precondition: equal counts.
public func axpy(_ a: Float, _ x: Span<Float>, _ y: inout MutableSpan<Float>) {
    precondition(x.count == y.count, "axpy of \(x.count) and \(y.count) elements")
    unsafe x.withUnsafeBufferPointer { source in
        unsafe y.withUnsafeMutableBufferPointer { target in
            unsafe qk_axpy(a, source.baseAddress, target.baseAddress, source.count)
        }
    }
}
