/// The version of the programs; daemon, worker and command are built together.
public enum Version {
    /// As `major.minor.patch`; the changelog says what each brought.
    public static let current = "0.1.0"
}
