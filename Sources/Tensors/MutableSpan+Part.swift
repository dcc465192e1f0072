extension MutableSpan where Element == Float {
    /// The elements of `range`, to be written through while this span waits.
    ///
    /// - Precondition: `range` lies within the span.
    @_lifetime(&self)
    public mutating func part(_ range: Range<Int>) -> MutableSpan<Float> { self._mutatingExtracting(range) }

    /// Copies `source` to the elements from `start` on.
    ///
    /// - Precondition: the span reaches that far.
    public mutating func copy(_ source: Span<Float>, at start: Int = 0) {
        precondition(start + source.count <= count, "\(source.count) elements at \(start) do not fit into \(count)")
        unsafe withUnsafeMutableBufferPointer { target in
            unsafe source.withUnsafeBufferPointer { values in
                guard let base = target.baseAddress, let from = values.baseAddress else { return }
                unsafe (base + start).update(from: from, count: values.count)
            }
        }
    }
}
