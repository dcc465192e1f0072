import JSON
import API

/// One page of a list, newest first; the cursor is the last element of the page before.
struct Page<Element> {
    let elements: [Element]
    let nextCursor: String?

    /// The page after `cursor`.
    ///
    /// - Parameters:
    ///   - all: The whole list, oldest first.
    ///   - id: What names an element.
    ///   - cursor: Where the page before ended.
    ///   - limit: How many elements.
    /// - Throws: `cursor_invalid` for one that names nothing in the list.
    init(_ all: [Element], id: (Element) -> String, cursor: String?, limit: Int) throws {
        var rest = all.reversed()[...]
        if let cursor {
            guard let place = rest.firstIndex(where: { id($0) == cursor }) else {
                throw APIError(.cursorInvalid, "'\(cursor)' is not a cursor of this list", facts: ["cursor": .string(cursor)])
            }
            rest = rest[rest.index(after: place)...]
        }
        elements = Array(rest.prefix(limit))
        nextCursor = rest.count > limit ? elements.last.map(id) : nil
    }
}
