import LMDB

/// What the store could not do, with the facts that name the way out.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No room is left: on the file system (then `mapSize` is 0), or in a map that may not grow. Reading goes on; nothing was changed.
    case full(path: String, fileSize: Int, mapSize: Int, available: Int)
    /// A value is not what was written.
    case corrupt(database: String, key: String, what: String)
    /// The store was written by newer code, or by code so old that its documents cannot be understood.
    case versionUnsupported(found: Int, supported: Int, oldest: Int)
    /// The directory or the file holds no store.
    case absent
    /// There is no such record.
    case notFound(database: String, key: String)
    /// An identifier or a name that the store does not take.
    case invalidIdentifier(String, reason: String)
    /// A map entry that the store does not take.
    case invalidEntry(query: Int, key: Int, head: Int, reason: String)
    /// The directory or its file cannot be opened.
    case unreadable(path: String, reason: String)
    /// The engine refused an operation for any other reason, such as a disk that fails; nothing was changed.
    case failed(path: String, reason: String)
    /// The engine has stopped and does nothing more until the store is opened anew; what was acknowledged is safe.
    case stopped(path: String, reason: String)

    /// One full sentence.
    public var description: String {
        switch self {
        case .full(let path, let fileSize, let mapSize, let available):
            mapSize > 0
                ? "The store in \(path) is full: its file has \(fileSize) bytes, and its memory map may not grow beyond \(mapSize)."
                : "The disk of the store in \(path) is full: the store's file has \(fileSize) bytes, and no more than \(available) "
                    + "bytes are left to write; nothing was changed."
        case .corrupt(let database, let key, let what):
            "The record \(key) of \(database) is damaged: \(what)."
        case .versionUnsupported(let found, let supported, let oldest):
            "The store has schema version \(found), and this program reads versions \(oldest) to \(supported); use "
                + (found > supported ? "a newer program" : "an older program to export what it holds") + " or another directory."
        case .absent:
            "There is no store in it."
        case .notFound(let database, let key):
            "There is no record \(key) in \(database)."
        case .invalidIdentifier(let text, let reason):
            "\"\(text)\" cannot be an identifier: \(reason)."
        case .invalidEntry(let query, let key, let head, let reason):
            "The map entry of query feature \(query), key feature \(key), head \(head) cannot be stored: \(reason)."
        case .unreadable(let path, let reason):
            "The store in \(path) cannot be opened: \(reason)"
        case .failed(let path, let reason):
            "The store in \(path) failed: \(reason)"
        case .stopped(let path, let reason):
            "The store in \(path) has stopped: \(reason)"
        }
    }
}

extension StoreError {
    /// Whether what was written is not there, or not as it was written.
    public var isDamage: Bool {
        switch self {
        case .corrupt, .notFound: true
        default: false
        }
    }
    /// An error of an open store's engine, in the store's terms.
    init(_ error: LMDBError, fileSize: Int, available: Int) {
        switch error.code {
        case .diskFull:
            self = .full(path: error.path, fileSize: fileSize, mapSize: 0, available: available)
        case .mapFull(let mapSize), .addressSpaceExhausted(let mapSize):
            self = .full(path: error.path, fileSize: fileSize, mapSize: mapSize, available: available)
        case .stopped:
            self = .stopped(path: error.path, reason: error.description)
        case .corrupted:
            self = .corrupt(database: "data.mdb", key: "unknown", what: error.description)
        case .alreadyOpen, .networkFileSystem, .truncated, .notADatabase:
            self = .unreadable(path: error.path, reason: error.description)
        case .readersFull, .badSize, .keyOutOfOrder, .noSuchDatabase, .mapResized, .other:
            self = .failed(path: error.path, reason: error.description)
        }
    }
}
