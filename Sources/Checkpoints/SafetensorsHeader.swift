/// The header of a safetensors file: which tensor lies where.
///
/// Accepts what the Python package safetensors 0.8.0 accepts, but for these stricter cases. The last column counts them among the
/// 100,000 spoilt files on which the two are compared; of those the reference accepts 41,631, and no file that it refuses is accepted here.
///
/// | refused here | because | files |
/// |---|---|---|
/// | white space before the `{` | the format's text asks for `{` at byte 8 | 577 |
/// | two tensors or two metadata entries of one name, equal but for Unicode normalisation too | one of the two would be lost, or could not be told from the other on a terminal; the reference takes the last | 1,267 |
/// | a tensor described by an array | an accident of the reference's parser, not of the format | 253 |
/// | a dtype that is an object | likewise | 18 |
/// | an extent, or a product of the first ones, above 2^63 - 1 (beside an extent of 0) | nothing could index it | 109 |
///
/// *Source:* the format's text and `Metadata::validate` of safetensors 0.8.0.
public struct SafetensorsHeader: Sendable, Hashable {
    /// One tensor of the file.
    public struct Entry: Sendable, Hashable {
        /// The tensor's name.
        public let name: String
        /// The type of its elements.
        public let dtype: ElementType
        /// The extent of each axis, slowest first; empty for a scalar.
        public let shape: [Int]
        /// Where its bytes lie, counted from the end of the header.
        public let range: Range<Int>

        /// The number of elements.
        public var count: Int { shape.reduce(1, *) }
    }

    /// The tensors in the order of their bytes.
    public let tensors: [Entry]
    /// The strings under `__metadata__`.
    public let metadata: [String: String]

    /// The longest header that is accepted, in bytes.
    ///
    /// *Source:* `MAX_HEADER_SIZE` of safetensors 0.8.0.
    public static let lengthLimit = 100_000_000

    /// Parses a header and checks that its tensors cover the data exactly.
    ///
    /// - Parameters:
    ///   - bytes: The header's text, without the eight bytes of its length.
    ///   - dataBytes: How many bytes follow the header.
    /// - Throws: ``SafetensorsError``.
    /// - Complexity: O(bytes + tensors · log tensors).
    public init(parsing bytes: [UInt8], dataBytes: Int) throws(SafetensorsError) {
        var scanner = HeaderScanner(bytes)
        guard scanner.current == UInt8(ascii: "{") else { throw scanner.failure("it does not begin with '{'") }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw SafetensorsError(.syntax("it is not UTF-8", offset: error.byteOffsets.lowerBound))
        }
        var metadata: [String: String]?
        var descriptions: [Description] = []
        var names: Set<String> = []
        try scanner.object { (scanner, name) throws(SafetensorsError) in
            guard names.insert(name).inserted else { throw SafetensorsError(.duplicate(name, offset: scanner.position)) }
            if name == "__metadata__" {
                metadata = try SafetensorsHeader.readMetadata(&scanner)
            } else {
                descriptions.append(try Description(name, &scanner))
            }
        }
        scanner.skipSpace()
        guard scanner.current == nil else { throw scanner.failure("something follows the closing '}'") }
        self.metadata = metadata ?? [:]
        self.tensors = try SafetensorsHeader.layOut(descriptions, dataBytes: dataBytes)
    }

    /// Parses the header of a whole file in memory.
    ///
    /// - Throws: ``SafetensorsError``.
    public init(ofFile bytes: [UInt8]) throws(SafetensorsError) {
        let length = try SafetensorsHeader.length(bytes, fileBytes: bytes.count)
        let start = SafetensorsFile.prefixBytes
        try self.init(parsing: Array(bytes[start..<start + length]), dataBytes: bytes.count - start - length)
    }

    /// How many bytes the header has, by the eight that a file begins with; believed only if so many follow.
    static func length(_ prefix: [UInt8], fileBytes: Int) throws(SafetensorsError) -> Int {
        guard prefix.count >= SafetensorsFile.prefixBytes, fileBytes >= SafetensorsFile.prefixBytes else {
            throw SafetensorsError(.tooShort(bytes: fileBytes))
        }
        let length = prefix[..<SafetensorsFile.prefixBytes].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let available = fileBytes - SafetensorsFile.prefixBytes
        guard length <= UInt64(lengthLimit), length <= UInt64(available) else {
            throw SafetensorsError(.headerLength(length, available: available, limit: lengthLimit))
        }
        return Int(length)
    }

    private static func readMetadata(_ scanner: inout HeaderScanner) throws(SafetensorsError) -> [String: String] {
        if scanner.acceptWord("null") { return [:] }
        var metadata: [String: String] = [:]
        try scanner.object { (scanner, name) throws(SafetensorsError) in
            guard metadata.updateValue(try scanner.string(), forKey: name) == nil else {
                throw SafetensorsError(.duplicate(name, offset: scanner.position))
            }
        }
        return metadata
    }

    /// Sorts the tensors by their offsets and checks that they cover `dataBytes` without hole or overlap.
    private static func layOut(_ descriptions: [Description], dataBytes: Int) throws(SafetensorsError) -> [Entry] {
        let sorted = descriptions.sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }
        var entries: [Entry] = []
        entries.reserveCapacity(sorted.count)
        var covered: UInt64 = 0
        for tensor in sorted {
            guard tensor.begin == covered, tensor.end >= tensor.begin else {
                throw SafetensorsError(
                    .offsets(tensor: tensor.name, begin: tensor.begin, end: tensor.end, expectedBegin: covered))
            }
            covered = tensor.end
            guard covered <= UInt64(dataBytes) else {
                throw SafetensorsError(.beyondEnd(tensor: tensor.name, end: covered, dataBytes: dataBytes))
            }
            entries.append(try tensor.entry())
        }
        guard covered == UInt64(dataBytes) else { throw SafetensorsError(.uncovered(covered: covered, dataBytes: dataBytes)) }
        return entries
    }
}

/// What the header says of one tensor, before it is believed.
private struct Description {
    let name: String
    let dtype: ElementType
    let shape: [UInt64]
    let begin, end: UInt64

    /// Reads `{"dtype": …, "shape": […], "data_offsets": [begin, end]}`; other members are passed over, as by the reference.
    init(_ name: String, _ scanner: inout HeaderScanner) throws(SafetensorsError) {
        let start = scanner.position
        var dtype: ElementType?
        var shape, offsets: [UInt64]?
        try scanner.object { (scanner, member) throws(SafetensorsError) in
            let position = scanner.position
            switch member {
            case "dtype":
                let text = try scanner.string()
                guard let known = ElementType(rawValue: text) else {
                    throw SafetensorsError(.unknownElementType(tensor: name, dtype: text))
                }
                guard dtype == nil else { throw SafetensorsError(.duplicate(member, offset: position)) }
                dtype = known
            case "shape":
                guard shape == nil else { throw SafetensorsError(.duplicate(member, offset: position)) }
                shape = try Description.numbers(&scanner)
            case "data_offsets":
                guard offsets == nil else { throw SafetensorsError(.duplicate(member, offset: position)) }
                offsets = try Description.numbers(&scanner)
            default: try scanner.skipValue(depth: 2)
            }
        }
        guard let dtype, let shape, let offsets else {
            throw SafetensorsError(.syntax("tensor '\(name)' needs dtype, shape and data_offsets", offset: start))
        }
        guard offsets.count == 2 else {
            throw SafetensorsError(.syntax("tensor '\(name)' has \(offsets.count) data_offsets, not 2", offset: start))
        }
        (self.name, self.dtype, self.shape, self.begin, self.end) = (name, dtype, shape, offsets[0], offsets[1])
    }

    private static func numbers(_ scanner: inout HeaderScanner) throws(SafetensorsError) -> [UInt64] {
        var numbers: [UInt64] = []
        try scanner.array { (scanner) throws(SafetensorsError) in numbers.append(try scanner.unsigned()) }
        return numbers
    }

    /// The entry, if shape, element type and offsets agree.
    func entry() throws(SafetensorsError) -> SafetensorsHeader.Entry {
        // The product is taken in the order of the axes, as the reference does: [2^64 - 1, 2, 0] overflows before the 0 is met.
        var bits: UInt64 = 1
        for factor in shape {
            let (product, overflow) = bits.multipliedReportingOverflow(by: factor)
            guard !overflow, factor <= UInt64(Int.max), product <= UInt64(Int.max) else {
                throw SafetensorsError(.overflow(tensor: name, shape: shape))
            }
            bits = product
        }
        let (product, overflow) = bits.multipliedReportingOverflow(by: UInt64(dtype.bits))
        guard !overflow else { throw SafetensorsError(.overflow(tensor: name, shape: shape)) }
        guard product % 8 == 0, product / 8 == end - begin else {
            throw SafetensorsError(.size(tensor: name, shape: shape, dtype: dtype, bits: product, bytes: end - begin))
        }
        return .init(name: name, dtype: dtype, shape: shape.map(Int.init), range: Int(begin)..<Int(end))
    }
}
