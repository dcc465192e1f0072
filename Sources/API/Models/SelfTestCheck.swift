/// One kind of number that was compared with what is known.
public struct SelfTestCheck: Codable, Sendable, Hashable {
    /// Its name.
    public var check: String
    /// What is compared, in words.
    public var compares: String
    /// Whether every number was right.
    public var is_passed: Bool
    /// How many numbers were compared.
    public var numbers: Int
    /// How many of them were off by more than is allowed.
    public var wrong: Int
    /// The greatest deviation.
    public var worst_deviation: Float
    /// What is allowed.
    public var tolerance: Float
    /// Where the greatest deviation is; empty if there is none.
    public var place: String

    /// All facts.
    public init(
        check: String, compares: String, is_passed: Bool, numbers: Int, wrong: Int, worst_deviation: Float, tolerance: Float,
        place: String
    ) {
        self.check = check
        self.compares = compares
        self.is_passed = is_passed
        self.numbers = numbers
        self.wrong = wrong
        self.worst_deviation = worst_deviation
        self.tolerance = tolerance
        self.place = place
    }
}

extension SelfTestCheck {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One kind of number that was compared with what is known.",
        [
            .required("check", .string("Its name.")),
            .required("compares", .string("What is compared, in words.")),
            .required("is_passed", .boolean("Whether every number was right.")),
            .required("numbers", .count("How many numbers were compared.")),
            .required("wrong", .count("How many of them were off by more than is allowed.")),
            .required("worst_deviation", .number("The greatest deviation.")),
            .required("tolerance", .number("What is allowed.")),
            .required("place", .string("Where the greatest deviation is; empty if there is none.")),
        ])
}
