public import Tensors

/// Writes safetensors files.
public enum SafetensorsWriter {
    /// The data begins at a multiple of this many bytes, so that a reader may use it in place.
    private static let alignment = 64

    /// The bytes before the data: the header's length and the header, padded with spaces.
    ///
    /// - Parameters:
    ///   - tensors: Names and shapes in the order of their data.
    ///   - metadata: Strings for `__metadata__`; written in the order of their names.
    /// - Precondition: no name twice, and none `__metadata__`.
    public static func prefix(_ tensors: [(name: String, shape: [Int])], metadata: [String: String] = [:]) -> [UInt8] {
        prefix(tensors.map { ($0.name, ElementType.F32, $0.shape) }, metadata: metadata)
    }

    /// The same for tensors of several types, all of whole bytes.
    public static func prefix(
        _ tensors: [(name: String, dtype: ElementType, shape: [Int])], metadata: [String: String] = [:]
    ) -> [UInt8] {
        precondition(Set(tensors.map(\.name)).count == tensors.count, "a tensor name stands twice in \(tensors.map(\.name))")
        precondition(!tensors.contains { $0.name == "__metadata__" }, "a tensor cannot be named __metadata__")
        var members: [String] = []
        if !metadata.isEmpty {
            let strings = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\"__metadata__\":{\(strings.joined(separator: ","))}")
        }
        var offset = 0
        for (name, dtype, shape) in tensors {
            let end = offset + shape.reduce(1, *) * dtype.bits / 8
            let extents = shape.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(name)):{\"dtype\":\"\(dtype.rawValue)\",\"shape\":[\(extents)],\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var header = Array("{\(members.joined(separator: ","))}".utf8)
        let misaligned = (SafetensorsFile.prefixBytes + header.count) % alignment
        if misaligned > 0 { header += Array(repeating: UInt8(ascii: " "), count: alignment - misaligned) }
        return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
    }

    /// Writes tensors to a file that appears only when it is whole and durable.
    ///
    /// - Parameters:
    ///   - tensors: Names and tensors, in the order in which they shall lie.
    ///   - metadata: Strings for `__metadata__`.
    ///   - path: The file; replaced if it exists.
    /// - Throws: ``FileError``; what `path` held is then untouched.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String
    ) throws(FileError) {
        var file = try ReplacementFile(path)
        try write(tensors, metadata: metadata, into: &file)
        try file.commit()
    }

    /// Writes tensors into a file, or into memory that becomes one.
    ///
    /// - Parameters:
    ///   - tensors: Names and tensors, in the order in which they shall lie.
    ///   - metadata: Strings for `__metadata__`.
    ///   - sink: Empty.
    /// - Throws: ``FileError``.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], into sink: inout some ByteSink & ~Copyable
    ) throws(FileError) {
        try sink.append(prefix(tensors.map { ($0.name, $0.tensor.shape) }, metadata: metadata))
        for (_, tensor) in tensors { try sink.append(tensor.values.span) }
    }

    /// A JSON string.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{0}"..<"\u{20}":
                let hexadecimal = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
