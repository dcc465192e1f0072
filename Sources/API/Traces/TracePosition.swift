import JSON

/// A token of a prompt, by its number or by what the prompt's task calls it.
public enum TracePosition: Codable, Sendable, Hashable {
    /// Counted from 0, or from the end if negative.
    case index(Int)
    /// A place of the task, such as IO, S1, S1+1, S2 or END.
    case place(String)

    /// Reads a number or a name.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let index = try? container.decode(Int.self) {
            self = .index(index)
        } else {
            self = .place(try container.decode(String.self))
        }
    }

    /// Writes the number or the name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .index(let index): try container.encode(index)
        case .place(let name): try container.encode(name)
        }
    }

    /// What it is on the wire.
    static func schema(_ description: String) -> Schema {
        .either(
            description,
            [
                .integer("Counted from 0, or from the end if negative."),
                .name("A place of the prompt's task, such as IO, S1, S1+1, S2 or END."),
            ])
    }
}

extension TracePosition: CustomStringConvertible {
    /// The number or the name.
    public var description: String {
        switch self {
        case .index(let index): "\(index)"
        case .place(let name): name
        }
    }
}
