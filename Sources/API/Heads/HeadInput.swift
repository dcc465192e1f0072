/// Which input of a later head an earlier head's output becomes.
public enum HeadInput: String, Codable, Sendable, CaseIterable {
    /// Its queries: what it looks for.
    case q
    /// Its keys: what it is found by.
    case k
    /// Its values: what it carries on.
    case v
}

extension HeadInput {
    /// What it is on the wire.
    static let schema = Schema.string("Which input of the later head is meant: q, k or v.", oneOf: allCases.map(\.rawValue))
}
