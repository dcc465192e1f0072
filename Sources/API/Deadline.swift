/// The parameter that every method takes besides its own: after how long its caller gives up.
public enum Deadline {
    /// The parameter's name.
    public static let name = "deadline_ms"
    /// The parameter.
    public static let property = Schema.Property.optional(
        name,
        .integer(
            "After how many milliseconds, counted from the request's arrival, the call is cancelled and fails with "
                + "deadline_exceeded; absent: never.", in: range))
    /// From a millisecond to a day.
    public static let range = 1...86_400_000
}
