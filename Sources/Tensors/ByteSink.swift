private import Glibc

/// What bytes can be appended to: a file, or memory that becomes one.
public protocol ByteSink: ~Copyable {
    /// The bytes appended.
    var count: Int { get }

    /// Appends bytes.
    ///
    /// - Throws: ``FileError``, with `ENOSPC` if the disk is full.
    mutating func append(_ bytes: RawSpan) throws(FileError)
}

extension ByteSink where Self: ~Copyable {
    /// Appends bytes.
    ///
    /// - Throws: ``FileError``, with `ENOSPC` if the disk is full.
    public mutating func append(_ bytes: [UInt8]) throws(FileError) { try unsafe append(bytes.span.bytes) }

    /// Appends single-precision numbers as the machine writes them.
    ///
    /// - Throws: ``FileError``, with `ENOSPC` if the disk is full.
    public mutating func append(_ values: Span<Float>) throws(FileError) { try unsafe append(values.bytes) }

    /// Appends numbers of any type as the machine writes them.
    ///
    /// - Throws: ``FileError``, with `ENOSPC` if the disk is full.
    public mutating func append<Number: BitwiseCopyable & Numeric>(numbers: Span<Number>) throws(FileError) {
        try unsafe append(numbers.bytes)
    }
}

/// Writes all bytes to a descriptor.
///
/// - Returns: The error's number, or 0.
func write(_ bytes: RawSpan, to descriptor: Int32) -> Int32 {
    unsafe bytes.withUnsafeBytes { buffer in
        var done = 0
        while done < buffer.count {
            // In pieces, each of which is a sign of life.
            let count = unsafe Glibc.write(descriptor, buffer.baseAddress! + done, min(buffer.count - done, Steps.bytes))
            Steps.advance()
            if count < 0 {
                if Glibc.errno == EINTR { continue }
                return Glibc.errno
            }
            done += count
        }
        return 0
    }
}
