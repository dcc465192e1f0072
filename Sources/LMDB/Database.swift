/// A named database of an environment; valid as long as the environment is open.
public struct Database: Hashable, Sendable {
    /// The name under which the file lists it.
    public let name: String
    let handle: UInt32
}
