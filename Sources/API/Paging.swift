import JSON

extension Schema {
    /// The longest page, in entries.
    static let longestPage = 1000

    /// The members that every method with a long list takes.
    static let paging: [Property] = [
        .optional("limit", .integer("How many entries at most.", in: 1...longestPage), default: 20),
        .optional("cursor", .string("Where the page before this one ended: its next_cursor.")),
    ]

    /// Where the next page starts.
    static let nextCursor = string("Where the next page starts; absent on the last one.")
}
