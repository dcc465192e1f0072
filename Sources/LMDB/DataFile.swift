// Is `data.mdb` whole? LMDB maps the file and trusts it: a page that lies beyond the end of the file kills the process by
// SIGBUS. So, before LMDB opens the file:
//
// 1. read the two meta pages; the valid one with the greater transaction number is the current state;
// 2. if the file reaches the last page that this state has ever handed out, it is whole;
// 3. otherwise it may still be: a page that was allocated and freed within one transaction is never written. So walk the
//    trees of the current state (the free list, the directory of names, each named database, their overflow pages) with
//    `pread`, and refuse the file only if a page in use lies beyond its end.
//
// Step 3 reads branch and leaf pages only, and happens rarely. *Source:* mdb.c 0.9.24, MDB_meta, MDB_page, MDB_node.
import Glibc

/// The file of an environment, seen from outside the engine.
struct DataFile: ~Copyable {
    /// Offsets and marks of the file format, version 1, on 64-bit little-endian machines.
    private enum Format {
        static let magic: UInt32 = 0xBEEF_C0DE
        static let version: UInt32 = 1
        static let pageHeader = 16
        static let meta = 136
        static let metaRoots = [pageHeader + 24 + 40, pageHeader + 72 + 40]  // md_root of the free list and of the names
        static let metaPageSize = pageHeader + 24
        static let metaLastPage = pageHeader + 120
        static let metaTransaction = pageHeader + 128
        static let noPage = UInt64.max
        static let branch: UInt16 = 0x01
        static let leaf: UInt16 = 0x02
        static let nodeHeader = 8
        static let bigData: UInt16 = 0x01
        static let subDatabase: UInt16 = 0x02
        static let rootInRecord = 40  // offset of md_root in MDB_db
        static let smallestPage = 512
        static let largestPage = 65536
    }

    let descriptor: Int32
    let path: String

    /// Throws unless the `data.mdb` in `directory` is absent, empty or whole.
    static func check(directory: String) throws {
        let descriptor = unsafe open(directory + "/data.mdb", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw LMDBError(number: errno, operation: "Opening data.mdb", path: directory)
        }
        try DataFile(descriptor: descriptor, path: directory).check()
    }

    deinit { close(descriptor) }

    private func check() throws {
        // The size is read after the meta pages: a writer extends the file before it publishes the pages.
        guard try size() > 0 else { return }
        let first = try read(at: 0, count: Format.pageHeader + Format.meta)
        guard isMeta(first) else { throw failure(.notADatabase) }
        let pageSize = Int(first.span.load(at: Format.metaPageSize, as: UInt32.self))
        guard pageSize >= Format.smallestPage, pageSize <= Format.largestPage, pageSize.nonzeroBitCount == 1 else {
            throw failure(.notADatabase)
        }
        let second = try read(at: pageSize, count: Format.pageHeader + Format.meta)
        guard isMeta(second) else { throw failure(.notADatabase) }
        let transactions = (
            first.span.load(at: Format.metaTransaction, as: UInt64.self),
            second.span.load(at: Format.metaTransaction, as: UInt64.self)
        )
        let current = transactions.0 >= transactions.1 ? first : second
        let lastPage = current.span.load(at: Format.metaLastPage, as: UInt64.self)
        let bytes = try size()
        guard lastPage < UInt64(Int.max / pageSize) else { throw failure(.notADatabase) }
        if bytes >= (Int(lastPage) + 1) * pageSize { return }
        let roots = Format.metaRoots.map { current.span.load(at: $0, as: UInt64.self) }
        try walk(from: roots, pageSize: pageSize, lastPage: Int(lastPage), bytes: bytes)
    }

    /// Visits every page in use; throws at the first one that the file does not hold.
    private func walk(from roots: [UInt64], pageSize: Int, lastPage: Int, bytes: Int) throws {
        var pending = roots
        var visited = 0
        while let page = pending.popLast() {
            if page == Format.noPage { continue }
            visited += 1
            guard page <= UInt64(lastPage), visited <= lastPage + roots.count else { throw failure(.corrupted) }
            let content = try read(at: Int(page) * pageSize, count: pageSize)
            let flags = content.span.load(at: 10, as: UInt16.self)
            guard flags & (Format.branch | Format.leaf) != 0 else { throw failure(.corrupted) }
            let lower = Int(content.span.load(at: 12, as: UInt16.self))
            guard lower >= Format.pageHeader, lower <= pageSize else { throw failure(.corrupted) }
            for slot in stride(from: Format.pageHeader, to: lower, by: 2) {
                let node = Int(content.span.load(at: slot, as: UInt16.self))
                guard node + Format.nodeHeader <= pageSize else { throw failure(.corrupted) }
                if flags & Format.branch != 0 {
                    pending.append(content.span.load(at: node, as: UInt64.self) & 0xFFFF_FFFF_FFFF)
                } else if let root = try leafReference(content.span, node: node, pageSize: pageSize, bytes: bytes) {
                    pending.append(root)
                }
            }
        }
    }

    /// The root of the named database that a leaf's node holds, if it holds one; checks the overflow pages of large values.
    private func leafReference(_ page: Span<UInt8>, node: Int, pageSize: Int, bytes: Int) throws -> UInt64? {
        let valueSize = Int(page.load(at: node, as: UInt32.self))
        let flags = page.load(at: node + 4, as: UInt16.self)
        let value = node + Format.nodeHeader + Int(page.load(at: node + 6, as: UInt16.self))
        if flags & Format.bigData != 0 {
            guard value + 8 <= pageSize else { throw failure(.corrupted) }
            let first = page.load(at: value, as: UInt64.self)
            let pages = (Format.pageHeader - 1 + valueSize) / pageSize + 1
            guard first < UInt64(Int.max / pageSize / 2) else { throw failure(.corrupted) }
            let needed = (Int(first) + pages) * pageSize
            guard needed <= bytes else { throw failure(.truncated(bytes: bytes, needed: needed)) }
        } else if flags & Format.subDatabase != 0 {
            guard value + Format.rootInRecord + 8 <= pageSize else { throw failure(.corrupted) }
            return page.load(at: value + Format.rootInRecord, as: UInt64.self)
        }
        return nil
    }

    private func isMeta(_ page: [UInt8]) -> Bool {
        page.span.load(at: Format.pageHeader, as: UInt32.self) == Format.magic
            && page.span.load(at: Format.pageHeader + 4, as: UInt32.self) == Format.version
    }

    private func size() throws -> Int {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw LMDBError(number: errno, operation: "fstat", path: path)
        }
        return Int(status.st_size)
    }

    private func read(at offset: Int, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, count, offset) }
        guard received >= 0 else { throw LMDBError(number: errno, operation: "pread", path: path) }
        guard received == count else {
            throw failure(.truncated(bytes: try size(), needed: offset + count))
        }
        return bytes
    }

    private func failure(_ code: LMDBError.Code) -> LMDBError { LMDBError(code, operation: "Opening", path: path) }
}
