/// What a study looks into.
public enum StudyKind: String, Codable, Sendable, CaseIterable {
    /// Where features come from: local, long-range and induction features.
    case families
    /// Whether the features that a head writes do one thing or several.
    case polysemanticity
    /// What features do for a task's answer, and whom they point to.
    case answers
    /// How long a repeated prefix heads need before they look where it was followed.
    case prefixes
}

extension StudyKind {
    /// What it is on the wire.
    static let schema = Schema.string(
        "What it looks into: families (local, long-range and induction features), polysemanticity (whether the features that a head "
            + "writes do one thing or several), answers (what features do for a task's answer, and which of its tokens they point to), "
            + "prefixes (how long a repeated prefix heads need before they look where it was followed).",
        oneOf: allCases.map(\.rawValue))
}
