extension [Float] {
    /// An array for somebody to fill: its elements are whatever the memory held.
    ///
    /// Zeros would cost a pass over memory that is about to be overwritten.
    public init(scratch count: Int) {
        unsafe self.init(unsafeUninitializedCapacity: count) { $1 = count }
    }
}
