// Bytes on their way into and out of the engine.

extension Span<UInt8> {
    /// Lends the bytes, as the size and address of an `MDB_val`, to one call of the engine, which does not write to them.
    func withValue<R>(_ body: (_ size: Int, _ address: UnsafeMutableRawPointer?) throws -> R) rethrows -> R {
        try unsafe withUnsafeBufferPointer { bytes in
            try unsafe body(bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        }
    }

    /// Borrows bytes of the engine; they live as long as the transaction, or until its next write.
    @_lifetime(immortal)
    init(size: Int, address: UnsafeMutableRawPointer?) {
        guard let address = unsafe address else {
            self = Span()
            return
        }
        let span = unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(start: address, count: size))
        self = unsafe _overrideLifetime(span, copying: ())
    }
}
