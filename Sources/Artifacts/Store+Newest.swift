import API
import JSON
import Store

extension Store {
    /// A page of documents, newest first; only those that are looked at are read.
    ///
    /// - Parameters:
    ///   - kind: Whose identifiers ascend in the order of their making.
    ///   - cursor: The last identifier of the page before; nil: from the newest.
    ///   - limit: The most to return.
    ///   - isWanted: Which of them.
    /// - Returns: The page, and whether there are more.
    /// - Throws: `cursor_invalid` for a cursor that names no document.
    /// - Complexity: O(documents) identifiers, and as many documents as are looked at until the page is full.
    func newest<Info: Decodable>(
        _ kind: DocumentKind, after cursor: String?, limit: Int, where isWanted: (Info) -> Bool
    ) throws -> (found: [Info], hasMore: Bool) {
        try read { reader in
            var names = try reader.identifiers(kind)[...]
            if let cursor {
                guard let place = names.lastIndex(of: cursor) else {
                    throw APIError(.cursorInvalid, "'\(cursor)' is not a cursor of this list", facts: ["cursor": .string(cursor)])
                }
                names = names[..<place]
            }
            var found: [Info] = []
            for name in names.reversed() {
                guard let bytes = try reader.document(kind, id: name) else { continue }
                let info = try JSON(parsing: bytes).decode(Info.self)
                guard isWanted(info) else { continue }
                if found.count == limit { return (found, true) }
                found.append(info)
            }
            return (found, false)
        }
    }
}
