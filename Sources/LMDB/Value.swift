internal import CLMDB

// Bytes on their way into and out of the engine.

extension Span<UInt8> {
    /// Lends the bytes to one call of the engine, which does not write to them.
    func withValue<R>(_ body: (inout MDB_val) throws -> R) rethrows -> R {
        try unsafe withUnsafeBufferPointer { bytes in
            var value = unsafe MDB_val(
                mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            return try unsafe body(&value)
        }
    }
}

extension MDB_val {
    /// The bytes that the engine points to; they live as long as the transaction, or until its next write.
    var span: Span<UInt8> {
        @_lifetime(immortal)
        get {
            guard let start = unsafe mv_data else { return Span() }
            let bytes = unsafe UnsafeRawBufferPointer(start: start, count: mv_size)
            let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
            return unsafe _overrideLifetime(span, copying: ())
        }
    }
}
