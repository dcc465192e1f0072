/// One door that strangers' bytes come through: how inputs for it are made, and what must hold for every one.
public struct FuzzTarget: Sendable {
    /// Its name on the command line, and the folder of its corpus.
    public let name: String
    /// Makes an input.
    let make: @Sendable (inout Draws, FuzzCorpus) -> [UInt8]
    /// Whether the input was accepted; throws ``Finding`` if something does not hold, and says nothing at all of a crash.
    let check: @Sendable ([UInt8]) throws -> Bool

    /// A target from its parts.
    init(
        _ name: String, make: @escaping @Sendable (inout Draws, FuzzCorpus) -> [UInt8],
        check: @escaping @Sendable ([UInt8]) throws -> Bool
    ) {
        (self.name, self.make, self.check) = (name, make, check)
    }
}

/// Something that does not hold.
public struct Finding: Error, CustomStringConvertible {
    /// What, with both sides.
    public let description: String

    init(_ description: String) { self.description = description }

    /// Throws unless the condition holds.
    static func require(_ condition: Bool, _ description: @autoclosure () -> String) throws(Finding) {
        if !condition { throw Finding(description()) }
    }
}
