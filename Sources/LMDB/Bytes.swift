/// Numbers in borrowed bytes: the one place where the storage belt reinterprets memory.

extension Span<UInt8> {
    /// The little-endian integer at a byte offset, aligned or not; an offset outside the bytes traps.
    @inlinable
    public func load<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
        precondition(
            offset >= 0 && offset <= count - MemoryLayout<T>.size,
            "\(MemoryLayout<T>.size) bytes at offset \(offset) lie outside \(count) bytes")
        return unsafe withUnsafeBytes { T(littleEndian: unsafe $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
    }

    /// A copy of the bytes.
    @inlinable
    public var array: [UInt8] { unsafe withUnsafeBufferPointer { unsafe Array($0) } }

    /// Whether the bytes begin with `prefix`.
    @inlinable
    public func starts(with prefix: Span<UInt8>) -> Bool {
        guard prefix.count <= count else { return false }
        for index in 0..<prefix.count where self[index] != prefix[index] { return false }
        return true
    }

    /// Copies bytes from `offset` on over `floats[position...]`, as many as `count` floats need.
    ///
    /// The bytes are little-endian IEEE 754 single precision. A range outside either side traps.
    @inlinable
    public func copyFloats(at offset: Int, count floatCount: Int, into floats: inout MutableSpan<Float>, at position: Int) {
        let width = MemoryLayout<Float>.size
        precondition(
            floatCount >= 0 && offset >= 0 && offset + floatCount * width <= count,
            "\(floatCount) floats at byte \(offset) lie outside \(count) bytes")
        precondition(
            position >= 0 && position + floatCount <= floats.count,
            "\(floatCount) floats at \(position) lie outside \(floats.count) floats")
        guard floatCount > 0 else { return }
        unsafe withUnsafeBytes { source in
            unsafe floats.withUnsafeMutableBytes { target in
                unsafe UnsafeMutableRawBufferPointer(rebasing: target[(position * width)...])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<(offset + floatCount * width)]))
            }
        }
    }
}

extension Span<Float> {
    /// The memory of the floats: little-endian IEEE 754 single precision, without padding.
    @inlinable
    public var littleEndianBytes: Span<UInt8> {
        @_lifetime(copy self)
        get {
            let view = unsafe bytes._unsafeView(as: UInt8.self)
            return unsafe _overrideLifetime(view, copying: self)
        }
    }
}

extension [UInt8] {
    /// Appends a copy of borrowed bytes.
    @inlinable
    public mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
