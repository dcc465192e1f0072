import Glibc

/// Reads whole files, of a size that is known to be reasonable.
enum FileContents {
    /// No published vocabulary file reaches a tenth of this.
    static let mostBytes = 1 << 28

    /// The bytes of a regular file, or nil if there is none of that name.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(path:reason:)`` or ``TokenizerError/oversizedFile(path:bytes:limit:)``.
    static func read(_ path: String) throws(TokenizerError) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .unreadableFile(path: path, reason: reason(errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .unreadableFile(path: path, reason: reason(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadableFile(path: path, reason: "it is not a regular file") }
        let size = Int(status.st_size)
        guard size <= mostBytes else { throw .oversizedFile(path: path, bytes: size, limit: mostBytes) }
        return try read(descriptor, size: size, path: path)
    }

    private static func read(_ descriptor: CInt, size: Int, path: String) throws(TokenizerError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), size - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadableFile(path: path, reason: reason(errno)) }
            guard count > 0 else { throw .unreadableFile(path: path, reason: "it ended after \(filled) of \(size) bytes") }
            filled += count
        }
        return bytes
    }

    private static func reason(_ code: CInt) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
