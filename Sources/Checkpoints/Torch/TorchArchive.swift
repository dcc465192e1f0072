public import Tensors

// A `.pt` file that torch.save wrote of a dictionary of tensors, such as a module's state_dict:
//
//     NAME/data.pkl        the dictionary: which tensor is which view of which storage
//     NAME/data/0 …        the storages' elements
//     NAME/byteorder       little (absent before torch 2.1)
//     NAME/version, .format_version, .storage_alignment, .data/serialization_id
//
// Opening one reads the archive's directory and the pickle, which is interpreted for its tensors (``TorchPickle``) and can do nothing else;
// every storage must be as long as the pickle says. Elements are read, and checked against the archive's CRC, where they are wanted.

/// A `.pt` file opened for reading.
public struct TorchArchive: ~Copyable {
    /// A tensor of the file.
    public struct Entry: Sendable, Hashable {
        /// Its name in the dictionary.
        public let name: String
        /// The type of its elements.
        public let dtype: ElementType
        /// The extents, slowest first.
        public let shape: [Int]
    }

    /// The tensors in the dictionary's order.
    public let entries: [Entry]
    private let views: [String: TorchTensorView]
    private let storages: [String: StoredEntry]
    private let file: ReadableFile

    /// What stands at the beginning of other files that are called `.pt`: a pickle (torch before 1.6), a tar archive's first name (0.1).
    private static let pickleMark: UInt8 = 0x80
    private static let beginBytes = 4

    /// Opens the file and checks everything but the elements.
    ///
    /// - Throws: ``TorchArchiveError``.
    public init(_ path: GuardedPath) throws(TorchArchiveError) {
        let file = try Self.open(path)
        let (found, storages) = try Self.contents(file)
        entries = found.map { Entry(name: $0.name, dtype: $0.view.storage.dtype, shape: $0.view.shape) }
        views = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.view) })
        self.storages = storages
        self.file = file
    }

    private static func open(_ path: GuardedPath) throws(TorchArchiveError) -> ReadableFile {
        do {
            return try ReadableFile(path)
        } catch {
            throw TorchArchiveError(.file(error), path: path.path)
        }
    }

    /// What the pickle describes, and the storages of the archive, which fit.
    private static func contents(
        _ file: borrowing ReadableFile
    ) throws(TorchArchiveError) -> (tensors: [(name: String, view: TorchTensorView)], storages: [String: StoredEntry]) {
        do throws(TorchArchiveError.Reason) {
            try checkBeginning(file)
            let (pickle, storages) = try parts(try StoredArchive(file), file)
            let tensors = try TorchPickle(parsing: try file.contents(of: pickle)).tensors
            for (name, view) in tensors { try check(name, view, storages) }
            return (tensors, storages)
        } catch {
            throw TorchArchiveError(error, path: file.path)
        }
    }

    /// The path as it was given.
    public var path: String { file.path }

    /// Reads a tensor as single precision.
    ///
    /// - Throws: ``TorchArchiveError`` if there is none of that name, its type is not a readable float, or its bytes are not those that
    ///   were written.
    /// - Complexity: one pass over its storage.
    public borrowing func tensor(_ name: String) throws(TorchArchiveError) -> Tensor {
        guard let view = views[name], let entry = storages[view.storage.key] else {
            throw TorchArchiveError(.missing(tensor: name), path: path)
        }
        guard [.F32, .F16, .BF16, .F64].contains(view.storage.dtype) else {
            throw TorchArchiveError(.unreadable(tensor: name, dtype: view.storage.dtype), path: path)
        }
        do throws(TorchArchiveError.Reason) {
            return Tensor(view.shape, view.elements(of: try file.elements(of: entry, view.storage)))
        } catch {
            throw TorchArchiveError(error, path: path)
        }
    }

    private static func checkBeginning(_ file: borrowing ReadableFile) throws(TorchArchiveError.Reason) {
        let begin = try file.whole(min(beginBytes, file.size), at: 0)
        guard begin.count == beginBytes, UInt32(littleEndian: begin, at: 0) == StoredArchive.localSignature else {
            throw .format(
                begin.first == pickleMark
                    ? "it is a bare pickle, as torch wrote before 1.6; load it there, where it is trusted, and torch.save it again"
                    : "it is not an archive as torch.save has written since 1.6")
        }
    }

    /// The pickle and the storages by their keys, in an archive that holds nothing else.
    private static func parts(
        _ archive: StoredArchive, _ file: borrowing ReadableFile
    ) throws(TorchArchiveError.Reason) -> (pickle: StoredEntry, storages: [String: StoredEntry]) {
        let pickles = archive.entries.values.filter { $0.name.hasSuffix("/data.pkl") }
        guard pickles.count == 1, pickles[0].range.count <= TorchPickle.largest else {
            throw .archive(
                pickles.count == 1
                    ? "its pickle has \(pickles[0].range.count) bytes, more than the \(TorchPickle.largest) that are read"
                    : "it holds \(pickles.count) files 'data.pkl' where torch.save writes one")
        }
        let folder = pickles[0].name.dropLast("data.pkl".count)
        let known = ["data.pkl", "version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"]
        var storages: [String: StoredEntry] = [:]
        for entry in archive.entries.values.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            guard entry.name.hasPrefix(folder) else { throw .archive("entry '\(entry.name)' lies outside of '\(folder)'") }
            let name = entry.name.dropFirst(folder.count)
            if name.hasPrefix("data/") {
                storages[String(name.dropFirst("data/".count))] = entry
            } else if !known.contains(String(name)) {
                throw .archive("entry '\(entry.name)' is no part of a dictionary of tensors")
            }
        }
        if let order = archive.entries["\(folder)byteorder"] {
            let little = Array("little".utf8)
            let found = try file.whole(min(order.range.count, little.count + 1), at: order.range.lowerBound)
            guard found == little else { throw .archive("its numbers are not little-endian") }
        }
        return (pickles[0], storages)
    }

    /// A storage must be there, as long as the pickle says.
    private static func check(_ name: String, _ view: TorchTensorView, _ storages: [String: StoredEntry]) throws(TorchArchiveError
        .Reason)
    {
        let storage = view.storage
        guard let entry = storages[storage.key] else {
            throw .tensor(name, reason: "lies in the storage '\(storage.key)', which the archive does not hold")
        }
        let (bytes, overflow) = storage.count.multipliedReportingOverflow(by: storage.dtype.bits / 8)
        guard !overflow, bytes == entry.range.count else {
            throw .tensor(
                name,
                reason: "lies in the storage '\(storage.key)' of \(storage.count) elements of \(storage.dtype), but the "
                    + "archive holds \(entry.range.count) bytes of it")
        }
        guard storage.count <= MachineMemory.bytes / MemoryLayout<Float>.size else {
            throw .tensor(name, reason: "lies in a storage of \(storage.count) elements, more than fit into the machine's memory")
        }
    }
}

extension TorchTensorView {
    /// The view's elements in row-major order.
    ///
    /// - Parameter storage: All elements of the storage.
    fileprivate func elements(of storage: [Float]) -> [Float] {
        if isContiguous { return offset == 0 && count == storage.count ? storage : Array(storage[offset..<offset + count]) }
        var elements = [Float](scratch: count), index = [Int](repeating: 0, count: shape.count), place = offset
        for element in elements.indices {
            elements[element] = storage[place]
            // The odometer of the extents: the last axis turns fastest.
            for axis in shape.indices.reversed() {
                index[axis] += 1
                place += strides[axis]
                if index[axis] < shape[axis] { break }
                place -= strides[axis] * shape[axis]
                index[axis] = 0
            }
        }
        return elements
    }
}

extension ReadableFile {
    /// Bytes read, checked and converted at a time: small enough for a second-level cache, and a whole number of every element.
    private static let chunkBytes = 1 << 18

    /// All elements of a storage as single precision, checked.
    fileprivate borrowing func elements(
        of entry: StoredEntry, _ storage: TorchStorage
    ) throws(TorchArchiveError.Reason) -> [Float] {
        var values = [Float](scratch: storage.count), check = CyclicRedundancyCheck()
        let size = storage.dtype.bits / 8
        for first in stride(from: 0, to: entry.range.count, by: Self.chunkBytes) {
            let bytes = try whole(min(Self.chunkBytes, entry.range.count - first), at: entry.range.lowerBound + first)
            check.update(bytes)
            switch storage.dtype {
            case .F16: convert(bytes, UInt16.self, to: &values, at: first / size) { HalfPrecision.widen(binary16: $0) }
            case .BF16: convert(bytes, UInt16.self, to: &values, at: first / size) { HalfPrecision.widen(bfloat16: $0) }
            case .F64: convert(bytes, UInt64.self, to: &values, at: first / size) { Float(Double(bitPattern: $0)) }
            default: convert(bytes, UInt32.self, to: &values, at: first / size) { Float(bitPattern: $0) }
            }
        }
        guard check.value == entry.check else { throw .checksum(entry: entry.name, stated: entry.check, found: check.value) }
        return values
    }
}

/// Converts the patterns of a chunk.
@inline(__always)
private func convert<Pattern: FixedWidthInteger>(
    _ bytes: [UInt8], _: Pattern.Type, to values: inout [Float], at start: Int, _ value: (Pattern) -> Float
) {
    let size = Pattern.bitWidth / 8
    for index in 0..<bytes.count / size { values[start + index] = value(Pattern(littleEndian: bytes, at: index * size)) }
}
