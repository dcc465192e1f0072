private import CLMDB
import Glibc

/// A failed operation of the storage engine: what was tried, on which directory, and why it could not be done.
public struct LMDBError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why an operation failed, with the facts that name the way out.
    public enum Code: Hashable, Sendable {
        /// The directory is open already in this process; a second open would break its file locks.
        case alreadyOpen
        /// The directory lies on a network file system, where the lock file and the memory map do not work.
        case networkFileSystem(type: String)
        /// `data.mdb` ends before its last page in use; reading on would kill the process by SIGBUS.
        case truncated(bytes: Int, needed: Int)
        /// `data.mdb` is not a database of this format.
        case notADatabase
        /// The memory map is full and may not grow further.
        case mapFull(mapSize: Int)
        /// The disk, the quota or the file size limit is exhausted.
        case diskFull(available: Int)
        /// The process's address space has no room for the memory map.
        case addressSpaceExhausted(wanted: Int)
        /// All reader slots are taken.
        case readersFull(limit: Int)
        /// A key or value has a size that the engine does not take.
        case badSize(bytes: Int)
        /// `MDB_APPEND` met a key that is not greater than the last one.
        case keyOutOfOrder
        /// A named database does not exist.
        case noSuchDatabase(name: String)
        /// A page of the file contradicts itself.
        case corrupted
        /// The engine met a failure of the disk after which it takes no more transactions until the environment is opened anew.
        case stopped
        /// Another process has grown the memory map; `Environment` follows by itself.
        case mapResized
        /// Any other code of LMDB or of the system; `number` says which.
        case other
    }

    /// Why it failed.
    public let code: Code
    /// The C function or the step that failed.
    public let operation: String
    /// The directory of the environment.
    public let path: String
    /// LMDB's own code, or `errno`; 0 where the check is this module's.
    public let number: Int32

    init(_ code: Code, operation: String, path: String, number: Int32 = 0) {
        self.code = code
        self.operation = operation
        self.path = path
        self.number = number
    }

    /// One full sentence.
    public var description: String { "\(operation) failed in \(path): \(reason)." }

    private var reason: String {
        switch code {
        case .alreadyOpen:
            "this process has the directory open already, and a second open would break its locks"
        case .networkFileSystem(let type):
            "it lies on a \(type) file system; memory maps and locks need a local one"
        case .truncated(let bytes, let needed):
            "data.mdb has \(bytes) bytes, but pages up to byte \(needed) are in use; the file was cut off"
        case .notADatabase:
            "data.mdb is not an LMDB database of format 1"
        case .mapFull(let mapSize):
            "the memory map of \(mapSize) bytes is full and may not grow further"
        case .diskFull(let available):
            "no room is left to write (\(available) bytes available on the file system); \(systemMessage)"
        case .addressSpaceExhausted(let wanted):
            "the address space has no room for a memory map of \(wanted) bytes"
        case .readersFull(let limit):
            "all \(limit) reader slots are taken"
        case .badSize(let bytes):
            "a key or value of \(bytes) bytes is outside what the engine stores (keys have 1 to 511 bytes)"
        case .keyOutOfOrder:
            "a key to append is not greater than the last key"
        case .noSuchDatabase(let name):
            "there is no database named \(name)"
        case .corrupted:
            "a page of data.mdb contradicts itself"
        case .stopped:
            "the disk failed at a moment that the engine cannot recover from, and it takes no more transactions; what was committed "
                + "is safe, and there again when the environment is opened anew"
        case .mapResized:
            "another process has grown the memory map"
        case .other:
            systemMessage
        }
    }

    private var systemMessage: String { unsafe String(cString: mdb_strerror(number)) }
}

extension LMDBError {
    /// With less room than this, a short write is taken for a full disk: a write of LMDB's has at most 64 pages.
    private static let littleRoom = 1 << 20

    /// Translates a code of LMDB or `errno`; the facts that the code alone does not hold come as arguments.
    init(number: Int32, operation: String, path: String, mapSize: Int = 0, maxReaders: Int = 0, bytes: Int = 0) {
        let code: Code =
            switch number {
            case MDB_MAP_FULL: .mapFull(mapSize: mapSize)
            case ENOSPC, EDQUOT, EFBIG: .diskFull(available: FileSystem.availableBytes(path))
            // The last write before the disk is full is a short one, which LMDB reports as EIO.
            case EIO where FileSystem.availableBytes(path) < LMDBError.littleRoom:
                .diskFull(available: FileSystem.availableBytes(path))
            case ENOMEM: .addressSpaceExhausted(wanted: mapSize)
            case MDB_READERS_FULL: .readersFull(limit: maxReaders)
            case MDB_BAD_VALSIZE: .badSize(bytes: bytes)
            case MDB_KEYEXIST: .keyOutOfOrder
            case MDB_CORRUPTED, MDB_PAGE_NOTFOUND: .corrupted
            case MDB_PANIC: .stopped
            case MDB_INVALID, MDB_VERSION_MISMATCH: .notADatabase
            case MDB_MAP_RESIZED: .mapResized
            default: .other
            }
        self.init(code, operation: operation, path: path, number: number)
    }
}
