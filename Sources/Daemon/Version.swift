/// The program's version.
public enum Version {
    /// As `major.minor.patch`; the changelog says what each brought.
    public static let current = "0.1.0"
}
