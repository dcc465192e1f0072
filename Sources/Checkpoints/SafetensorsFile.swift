public import Tensors

/// A safetensors file opened for reading.
///
/// Tensors are read where they are wanted, one at a time; the file is never mapped.
public struct SafetensorsFile: ~Copyable {
    /// What lies where.
    public let header: SafetensorsHeader
    private let file: ReadableFile
    private let dataStart: Int
    private let entries: [String: SafetensorsHeader.Entry]

    /// Bytes converted at a time when the elements are not single precision: small enough for a second-level cache.
    private static let chunkBytes = 1 << 18

    /// Opens a file of this program's own choice and checks its header.
    ///
    /// - Throws: ``SafetensorsError``.
    public init(_ path: String) throws(SafetensorsError) { try self.init(.own(path)) }

    /// Opens the file and checks its header, and that what it promises fits into the machine's memory.
    ///
    /// - Throws: ``SafetensorsError``.
    public init(_ path: GuardedPath) throws(SafetensorsError) { try self.init(try SafetensorsFile.open(path)) }

    /// Reads a file that is open already, such as one that the service has sent, and checks its header.
    ///
    /// - Parameters:
    ///   - descriptor: Closed when this goes, and at once if it is refused.
    ///   - name: What errors call it.
    /// - Throws: ``SafetensorsError``.
    public init(owning descriptor: Int32, named name: String) throws(SafetensorsError) {
        let file: ReadableFile
        do {
            file = try ReadableFile(owning: descriptor, named: name)
        } catch {
            throw SafetensorsError(.file(error), path: name)
        }
        try self.init(file)
    }

    private init(_ file: consuming ReadableFile) throws(SafetensorsError) {
        let (header, dataStart) = try SafetensorsFile.readHeader(file)
        let bytes = header.tensors.reduce(0) { $0 + Double($1.count) * Double(MemoryLayout<Float>.size) }
        guard bytes <= Double(MachineMemory.bytes) else {
            throw SafetensorsError(.tooLarge(bytes: bytes, memory: MachineMemory.bytes), path: file.path)
        }
        entries = Dictionary(uniqueKeysWithValues: header.tensors.map { ($0.name, $0) })
        self.header = header
        self.dataStart = dataStart
        self.file = file
    }

    /// The path as it was given.
    public var path: String { file.path }

    /// The tensor of that name, or nil.
    public subscript(name: String) -> SafetensorsHeader.Entry? { entries[name] }

    /// Reads a tensor as single precision.
    ///
    /// - Throws: ``SafetensorsError`` if there is none of that name, its type is not a readable float, or the file was cut.
    public borrowing func tensor(_ name: String) throws(SafetensorsError) -> Tensor {
        guard let entry = entries[name] else { throw SafetensorsError(.missing(tensor: name), path: path) }
        var values = [Float](repeating: 0, count: entry.count)
        var span = values.mutableSpan
        try read(entry, into: &span)
        return Tensor(entry.shape, values)
    }

    /// Reads a tensor as single precision into memory at hand.
    ///
    /// - Parameters:
    ///   - entry: One of ``header``'s tensors.
    ///   - values: As many elements as the tensor has, out.
    /// - Throws: ``SafetensorsError`` if its type is not a readable float, or the file was cut.
    public borrowing func read(_ entry: SafetensorsHeader.Entry, into values: inout MutableSpan<Float>) throws(SafetensorsError) {
        precondition(
            values.count == entry.count, "'\(entry.name)' has \(entry.count) elements, room for \(values.count) was given")
        switch entry.dtype {
        case .F32: try check(entry, try read(into: &values, at: start(entry)))
        case .F16: try widen(entry, into: &values, UInt16(0)) { HalfPrecision.widen(binary16: $0) }
        case .BF16: try widen(entry, into: &values, UInt16(0)) { HalfPrecision.widen(bfloat16: $0) }
        case .F64: try widen(entry, into: &values, UInt64(0)) { Float(Double(bitPattern: $0)) }
        case .F4, .F6_E2M3, .F6_E3M2, .BOOL, .U8, .I8, .F8_E5M2, .F8_E4M3, .F8_E8M0, .F8_E4M3FNUZ, .F8_E5M2FNUZ, .I16, .U16, .I32,
            .U32,
            .C64, .I64, .U64:
            throw SafetensorsError(.unreadable(tensor: entry.name, dtype: entry.dtype), path: path)
        }
    }

    /// Reads a tensor of 32-bit integers.
    ///
    /// - Throws: ``SafetensorsError`` if there is none of that name, it is of another type, or the file was cut.
    public borrowing func integers(_ name: String) throws(SafetensorsError) -> (numbers: [Int32], shape: [Int]) {
        guard let entry = entries[name] else { throw SafetensorsError(.missing(tensor: name), path: path) }
        guard entry.dtype == .I32 else { throw SafetensorsError(.notIntegers(tensor: name, dtype: entry.dtype), path: path) }
        var numbers = [Int32](repeating: 0, count: entry.count)
        var span = numbers.mutableSpan
        try check(entry, try read(into: &span, at: start(entry)))
        return (numbers, entry.shape)
    }

    /// Reads a tensor in chunks of bit patterns and converts each.
    private borrowing func widen<Pattern: FixedWidthInteger & BitwiseCopyable>(
        _ entry: SafetensorsHeader.Entry, into values: inout MutableSpan<Float>, _ zero: Pattern, _ convert: (Pattern) -> Float
    ) throws(SafetensorsError) {
        let size = MemoryLayout<Pattern>.size
        var patterns = [Pattern](repeating: zero, count: min(entry.count, SafetensorsFile.chunkBytes / size))
        for first in stride(from: 0, to: entry.count, by: max(1, patterns.count)) {
            let count = min(patterns.count, entry.count - first)
            var span = patterns.mutableSpan
            let got = try read(into: &span, at: start(entry) + first * size)
            // The last chunk reads on into the next tensor; what belongs to this one must be there.
            if got < count * size { try check(entry, first * size + got) }
            for i in 0..<count { values[first + i] = convert(span[i]) }
        }
    }

    /// Where a tensor begins in the file.
    private borrowing func start(_ entry: SafetensorsHeader.Entry) -> Int { dataStart + entry.range.lowerBound }

    private borrowing func read<Number: Numeric & BitwiseCopyable>(
        into numbers: inout MutableSpan<Number>, at offset: Int
    ) throws(SafetensorsError) -> Int {
        do {
            return try file.read(into: &numbers, at: offset)
        } catch {
            throw SafetensorsError(.file(error), path: path)
        }
    }

    private borrowing func check(_ entry: SafetensorsHeader.Entry, _ got: Int) throws(SafetensorsError) {
        guard got == entry.range.count else {
            throw SafetensorsError(.truncated(tensor: entry.name, wanted: entry.range.count, got: got), path: path)
        }
    }

    /// Whether there is a regular file of that path that can be opened.
    public static func exists(_ path: GuardedPath) -> Bool {
        do {
            _ = try ReadableFile(path)
            return true
        } catch {
            return false
        }
    }

    /// The bytes of the header's length.
    static let prefixBytes = 8

    private static func open(_ path: GuardedPath) throws(SafetensorsError) -> ReadableFile {
        do {
            return try ReadableFile(path)
        } catch {
            throw SafetensorsError(.file(error), path: path.path)
        }
    }

    /// The header and where the data begins.
    private static func readHeader(_ file: borrowing ReadableFile) throws(SafetensorsError) -> (SafetensorsHeader, Int) {
        do {
            let length = try headerLength(of: file)
            let bytes = try bytes(of: file, length, at: prefixBytes)
            return (try SafetensorsHeader(parsing: bytes, dataBytes: file.size - prefixBytes - length), prefixBytes + length)
        } catch {
            throw SafetensorsError(error.reason, path: file.path)
        }
    }

    private static func headerLength(of file: borrowing ReadableFile) throws(SafetensorsError) -> Int {
        let prefix = try bytes(of: file, min(prefixBytes, file.size), at: 0)
        return try SafetensorsHeader.length(prefix, fileBytes: file.size)
    }

    private static func bytes(of file: borrowing ReadableFile, _ count: Int, at offset: Int) throws(SafetensorsError) -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try file.bytes(count, at: offset)
        } catch {
            throw SafetensorsError(.file(error))
        }
        guard bytes.count == count else { throw SafetensorsError(.tooShort(bytes: offset + bytes.count)) }
        return bytes
    }
}
