public import API
private import JSON
public import Store

/// Studies as the store keeps them: one document each, in the wire's form, what they have found in it.
public struct StudyArchive: Sendable {
    private let store: Store

    /// The studies of a store.
    public init(store: Store) { self.store = store }

    /// The name of the study that a job makes: `y3` for `j3`.
    public static func id(ofJob job: String) -> String { "y" + job.dropFirst() }

    /// A study with what it has found.
    ///
    /// - Throws: `study_not_found`.
    public func info(_ id: String) throws -> StudyInfo {
        try store.read { reader in
            guard let bytes = try reader.document(.studies, id: id) else {
                throw APIError(
                    .studyNotFound, "there is no study '\(id)'; `studies.list` names those there are",
                    facts: ["study": .string(id)])
            }
            return try JSON(parsing: bytes).decode(StudyInfo.self)
        }
    }

    /// A page of studies without what they have found, newest first; only those that are looked at are read.
    ///
    /// - Parameters:
    ///   - cursor: The last study of the page before; nil: from the newest.
    ///   - limit: The most to return.
    ///   - isWanted: Which of them.
    /// - Returns: The page, and whether there are more.
    /// - Throws: `cursor_invalid` for one that names no study.
    public func newest(
        after cursor: String?, limit: Int, where isWanted: (StudyInfo) -> Bool
    ) throws -> (found: [StudyInfo], hasMore: Bool) {
        var page = try store.newest(.studies, after: cursor, limit: limit, where: isWanted)
        for place in page.found.indices { page.found[place].findings = nil }
        return page
    }

    /// Makes a study visible, inside the caller's transaction.
    public static func publish(_ info: StudyInfo, in writer: inout StoreWriter) throws {
        try writer.put(try JSON(encoding: info).bytes(), .studies, id: info.study)
    }

    /// Removes a study.
    public func delete(_ id: String) throws {
        try store.write { writer in _ = try writer.delete(.studies, id: id) }
    }
}
