private import CFiles
private import Glibc

/// A file in memory that is written once, sealed, and handed to another process as a descriptor.
///
/// Once sealed nobody can change it, shorten it or lengthen it, so its receiver may map it and use it in place.
///
/// *Source:* memfd_create(2); fcntl(2), "File Sealing".
public struct SealedMemory: ~Copyable, ByteSink {
    private let descriptor: Int32
    /// The bytes appended.
    public private(set) var count = 0

    /// An empty file in memory.
    ///
    /// - Parameter name: Shows up in /proc, for whoever looks there.
    public init(_ name: String) throws(FileError) {
        descriptor = unsafe qk_memory_file(name)
        guard descriptor >= 0 else { throw FileError("open", "a file in memory", errno: errno) }
    }

    deinit { close(descriptor) }

    /// Appends bytes.
    ///
    /// - Throws: ``FileError``, with `ENOSPC` or `ENOMEM` if there is no more memory for it.
    public mutating func append(_ bytes: RawSpan) throws(FileError) {
        let failure = write(bytes, to: descriptor)
        if failure != 0 { throw FileError("write", "a file in memory", errno: failure) }
        count += bytes.byteCount
    }

    /// Seals what was written.
    ///
    /// - Returns: The descriptor, at offset 0, which now belongs to the caller.
    public consuming func seal() throws(FileError) -> Int32 {
        let sealed = descriptor
        let failure = qk_seal(sealed) == 0 && lseek(sealed, 0, SEEK_SET) == 0 ? 0 : errno
        discard self
        if failure != 0 {
            close(sealed)
            throw FileError("seal", "a file in memory", errno: failure)
        }
        return sealed
    }
}
