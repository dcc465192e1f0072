private import CLMDB
import Glibc

/// What the storage engine asks of the file system, besides reading and writing its file.
package enum FileSystem {
    /// Device and inode: one directory, however its path is spelled.
    struct Identity: Hashable, Sendable {
        let device: UInt
        let inode: UInt
    }

    /// File systems on which a shared memory map and POSIX locks are not dependable.
    ///
    /// *Source:* statfs(2), the table of `f_type`.
    private static let networkTypes: [Int: String] = [
        0x6969: "NFS", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x517B: "SMB", 0x564C: "NCP",
        0x7375_7245: "Coda", 0x5346_414F: "AFS", 0x0102_1997: "9P", 0x00C3_6400: "Ceph", 0x0BD0_0BD0: "Lustre",
    ]

    /// Makes the directory, for its owner alone, if there is none.
    static func makeDirectory(_ path: String) throws {
        let ownerOnly: mode_t = 0o700
        if unsafe mkdir(path, ownerOnly) != 0, errno != EEXIST {
            throw LMDBError(number: errno, operation: "mkdir", path: path)
        }
    }

    /// Makes the directory and those above it, for their owner alone, where there are none.
    package static func makeDirectories(_ path: String) throws {
        for end in path.indices where path[end] == "/" && end > path.startIndex { try makeDirectory(String(path[..<end])) }
        try makeDirectory(path)
    }

    /// Whether there is anything at `path`.
    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Removes a file, if it is there; gone for good when this returns.
    package static func removeFile(_ path: String) throws {
        if unsafe unlink(path) != 0, errno != ENOENT { throw LMDBError(number: errno, operation: "unlink", path: path) }
        let directory = unsafe open(
            String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw LMDBError(number: errno, operation: "open", path: path) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw LMDBError(number: errno, operation: "fsync", path: path) }
    }

    /// Removes a directory and the files in it, if it is there.
    package static func removeDirectory(_ path: String) throws {
        guard let stream = unsafe opendir(path) else {
            if errno == ENOENT { return }
            throw LMDBError(number: errno, operation: "opendir", path: path)
        }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        unsafe closedir(stream)
        for name in names where unsafe unlink("\(path)/\(name)") != 0 && errno != ENOENT {
            throw LMDBError(number: errno, operation: "unlink", path: "\(path)/\(name)")
        }
        guard unsafe rmdir(path) == 0 || errno == ENOENT else { throw LMDBError(number: errno, operation: "rmdir", path: path) }
    }

    /// Copies a file to a new one, for its owner alone, and waits for the disk.
    package static func copyFile(_ path: String, to copy: String) throws {
        func failure(_ operation: String, _ path: String) -> LMDBError {
            LMDBError(number: errno, operation: operation, path: path)
        }
        let source = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw failure("open", path) }
        defer { close(source) }
        let ownerOnly: mode_t = 0o600
        let target = unsafe open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, ownerOnly)
        guard target >= 0 else { throw failure("open", copy) }
        defer { close(target) }
        while true {
            let count = sendfile(target, source, nil, 1 << 30)
            if count < 0 { throw failure("sendfile", copy) }
            if count == 0 { break }
        }
        guard fsync(target) == 0 else { throw failure("fsync", copy) }
    }

    /// Gives a file or a directory another name on the same file system.
    package static func move(_ path: String, to other: String) throws {
        guard unsafe rename(path, other) == 0 else { throw LMDBError(number: errno, operation: "rename", path: path) }
    }

    /// Gives a file a second name on the same file system.
    package static func addName(_ other: String, to path: String) throws {
        guard unsafe link(path, other) == 0 else { throw LMDBError(number: errno, operation: "link", path: other) }
    }

    /// Which directory `path` names.
    static func identity(_ path: String) throws -> Identity {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw LMDBError(number: errno, operation: "stat", path: path) }
        return Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
    }

    /// Throws if `path` lies on a network file system.
    static func refuseNetwork(_ path: String) throws {
        var status = statfs()
        guard unsafe statfs(path, &status) == 0 else {
            throw LMDBError(number: errno, operation: "statfs", path: path)
        }
        if let type = networkName(Int(status.f_type)) {
            throw LMDBError(.networkFileSystem(type: type), operation: "Opening", path: path)
        }
    }

    /// The name of a network file system by its `f_type`; nil for a local one.
    package static func networkName(_ type: Int) -> String? { networkTypes[type & 0xFFFF_FFFF] }

    /// Bytes that this process may still add to a file in `directory`: what the file system has for unprivileged users, or
    /// what the limit on file sizes leaves of `data.mdb`; 0 if the system does not say.
    package static func availableBytes(_ directory: String) -> Int {
        var status = statvfs()
        guard unsafe statvfs(directory, &status) == 0 else { return 0 }
        let free = Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { return free }
        return min(free, max(0, Int(clamping: limit.rlim_cur) - size(directory + "/data.mdb")))
    }

    /// The file's size in bytes; 0 if there is none.
    package static func size(_ path: String) -> Int {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
