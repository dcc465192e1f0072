// An array as NumPy keeps it:
//
// 1. The magic bytes \x93NUMPY, a version of two bytes, the header's length in two bytes (version 1) or four (2 and 3), little-endian.
// 2. The header, a Python dictionary of exactly `descr`, `fortran_order` and `shape`, padded with spaces, ended by a newline.
// 3. The elements, to exactly the end of the file.
//
// *Source:* NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".

public import Tensors

/// Reads and writes `.npy` files of four-byte numbers, little-endian, in C order.
public enum NumPyFile {
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// The data begins at a multiple of this many bytes, as NumPy writes it.
    private static let alignment = 64
    /// NumPy itself refuses to read a longer header unless told to.
    private static let longestHeader = 10_000

    /// Why a file is not the array that is wanted.
    public struct Mismatch: Error, Hashable, CustomStringConvertible {
        /// The file.
        public let path: String
        /// What is wrong with it.
        public let reason: String
        /// One sentence.
        public var description: String { "\(path): \(reason)" }
    }

    /// Writes an array to a file that appears only when it is whole and durable.
    ///
    /// - Parameters:
    ///   - numbers: [count] `Int32` or `Float`.
    ///   - shape: Its extents, whose product is the count.
    ///   - path: The file; replaced if it exists.
    /// - Throws: `FileError`.
    public static func write<Number: NumPyNumber>(_ numbers: [Number], shape: [Int], to path: String) throws(FileError) {
        var file = try ReplacementFile(path)
        try write(numbers, shape: shape, into: &file)
        try file.commit()
    }

    /// Writes an array into a file, or into memory that becomes one.
    ///
    /// - Parameters:
    ///   - numbers: [count] `Int32` or `Float`.
    ///   - shape: Its extents, whose product is the count.
    ///   - sink: Empty.
    /// - Throws: `FileError`.
    public static func write<Number: NumPyNumber>(
        _ numbers: [Number], shape: [Int], into sink: inout some ByteSink & ~Copyable
    ) throws(FileError) {
        precondition(shape.reduce(1, *) == numbers.count, "\(numbers.count) numbers of shape \(shape)")
        try sink.append(prefix(Number.numPyName, shape))
        try sink.append(numbers: numbers.span)
    }

    /// What stands before the elements: version 1.0.
    private static func prefix(_ descr: String, _ shape: [Int]) -> [UInt8] {
        let extents = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
        var header = Array("{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
        let start = magic.count + 4
        let end = (start + header.count + 1 + alignment - 1) / alignment * alignment
        header += Array(repeating: UInt8(ascii: " "), count: end - start - header.count - 1) + [UInt8(ascii: "\n")]
        return magic + [1, 0, UInt8(truncatingIfNeeded: header.count), UInt8(truncatingIfNeeded: header.count >> 8)] + header
    }

    /// Reads an array from a file of this program's own choice.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - type: What its elements must be.
    /// - Returns: The elements and their shape.
    /// - Throws: As the other does.
    public static func read<Number: NumPyNumber>(_ path: String, as type: Number.Type) throws -> (numbers: [Number], shape: [Int])
    {
        try read(.own(path), as: type)
    }

    /// Reads an array.
    ///
    /// - Parameters:
    ///   - place: The file.
    ///   - type: What its elements must be.
    /// - Returns: The elements and their shape.
    /// - Throws: ``Mismatch`` if it is another type, in another order, or not as long as it says; `FileError`.
    public static func read<Number: NumPyNumber>(
        _ place: GuardedPath, as type: Number.Type
    ) throws -> (numbers: [Number], shape: [Int]) {
        let file = try ReadableFile(place), path = place.path
        let prefix = try file.bytes(magic.count + 6, at: 0)
        guard prefix.count == magic.count + 6, prefix.starts(with: magic) else {
            throw Mismatch(path: path, reason: "it does not begin as a .npy file does")
        }
        let version = prefix[magic.count]
        guard (1...3).contains(version) else {
            throw Mismatch(path: path, reason: "its format has version \(version), and 1 to 3 are read")
        }
        let lengthBytes = version == 1 ? 2 : 4, lengthStart = magic.count + 2
        let length = prefix[lengthStart..<lengthStart + lengthBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= longestHeader else {
            throw Mismatch(path: path, reason: "its header has \(length) bytes, more than \(longestHeader)")
        }
        let start = lengthStart + lengthBytes + length
        let header = String(decoding: try file.bytes(length, at: lengthStart + lengthBytes), as: UTF8.self)
        let shape = try shape(in: header, wanted: Number.numPyName, path)
        let size = MemoryLayout<Number>.size
        var count = 1
        for extent in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= file.size / size else {
                throw Mismatch(path: path, reason: "shape \(shape) is larger than the file")
            }
            count = product
        }
        guard file.size == start + count * size else {
            throw Mismatch(
                path: path, reason: "it has \(file.size) bytes where shape \(shape) makes \(start + count * size)")
        }
        guard count * size <= MachineMemory.bytes else {
            throw Mismatch(path: path, reason: "shape \(shape) needs \((count * size) >> 20) MiB, more than the machine's memory")
        }
        var numbers = [Number](repeating: 0, count: count)
        var span = numbers.mutableSpan
        guard try file.read(into: &span, at: start) == count * size else {
            throw Mismatch(path: path, reason: "it was cut while it was read")
        }
        return (numbers, shape)
    }

    /// The extents that a header gives, after its type and order were found right.
    private static func shape(in header: String, wanted descr: String, _ path: String) throws(Mismatch) -> [Int] {
        let text = header.replacing(" ", with: "").replacing("\"", with: "'")
        guard text.contains("'descr':'\(descr)'") else {
            throw Mismatch(path: path, reason: "its elements are not of type \(descr): \(header)")
        }
        guard text.contains("'fortran_order':False") else { throw Mismatch(path: path, reason: "it is not in C order") }
        guard let open = text.firstRange(of: "'shape':("), let close = text[open.upperBound...].firstIndex(of: ")") else {
            throw Mismatch(path: path, reason: "its header gives no shape: \(header)")
        }
        var shape: [Int] = []
        for extent in text[open.upperBound..<close].split(separator: ",") {
            guard let extent = Int(extent), extent >= 0 else {
                throw Mismatch(path: path, reason: "its shape is not a list of sizes: \(header)")
            }
            shape.append(extent)
        }
        return shape
    }
}

/// A number that a `.npy` file of ours may hold.
public protocol NumPyNumber: BitwiseCopyable, Numeric {
    /// Its type by NumPy's name.
    static var numPyName: String { get }
}

extension Int32: NumPyNumber {
    /// Little-endian.
    public static var numPyName: String { "<i4" }
}

extension Float: NumPyNumber {
    /// Little-endian.
    public static var numPyName: String { "<f4" }
}
