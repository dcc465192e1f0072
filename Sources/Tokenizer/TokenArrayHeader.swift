// An array of token ids as NumPy keeps it:
//
// 1. The magic bytes \x93NUMPY, a version of two bytes, the header's length in two bytes (version 1) or four (2 and 3), little-endian.
// 2. The header, a Python dictionary of exactly `descr`, `fortran_order` and `shape`, padded with spaces, ended by a newline.
// 3. The ids, to exactly the end of the file.
//
// *Source:* NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
import Tensors

/// What stands before the token ids of a `.npy` file.
///
/// One axis is a stream of tokens in which every document begins with its BOS already; two axes are one document per row, which is given
/// its BOS unless it begins with one. Ids are `u2`, `i4`, `u4` or `i8`, little-endian, in C order.
struct TokenArrayHeader {
    /// The types of ids that are read, by NumPy's names.
    enum Element: String, CaseIterable {
        case u2 = "<u2"
        case i4 = "<i4"
        case u4 = "<u4"
        case i8 = "<i8"

        var bytes: Int {
            switch self {
            case .u2: MemoryLayout<UInt16>.size
            case .i4, .u4: MemoryLayout<UInt32>.size
            case .i8: MemoryLayout<Int64>.size
            }
        }
    }

    /// The type of the ids.
    let element: Element
    /// One axis or two.
    let shape: [Int]
    /// Where the ids begin.
    let start: Int
    private let path: String

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// NumPy itself refuses to read a longer header unless told to.
    private static let longestHeader = 10_000
    /// Ids read at a time.
    private static let readCount = 1 << 17

    /// Reads the header and checks that the file holds what it says, no less and no more.
    ///
    /// - Throws: ``Contexts/Failure/notIDs(path:reason:)``, `FileError`.
    init(_ file: borrowing ReadableFile) throws {
        let path = file.path
        func refuse(_ reason: String) -> Contexts.Failure { .notIDs(path: path, reason: reason) }
        let prefix = try file.bytes(Self.magic.count + 6, at: 0)
        guard prefix.count == Self.magic.count + 6, prefix.starts(with: Self.magic) else {
            throw refuse("it does not begin as a .npy file does")
        }
        let version = prefix[Self.magic.count]
        guard (1...3).contains(version) else { throw refuse("its format has version \(version), and 1 to 3 are read") }
        let lengthBytes = version == 1 ? 2 : 4, lengthStart = Self.magic.count + 2
        let length = prefix[lengthStart..<lengthStart + lengthBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.longestHeader else {
            throw refuse("its header has \(length) bytes, more than \(Self.longestHeader)")
        }
        start = lengthStart + lengthBytes + length
        guard let text = String(validating: try file.bytes(length, at: start - length), as: UTF8.self),
            let found = Dictionary(text), found.keys.sorted() == ["descr", "fortran_order", "shape"]
        else { throw refuse("its header is not what NumPy writes") }
        guard let descr = found["descr"]?.quoted, let element = Element(rawValue: descr) else {
            throw refuse(
                "its elements are \(found["descr"] ?? ""); ids are \(Element.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard found["fortran_order"] == "False" else { throw refuse("it is in Fortran order; ids are read in C order") }
        guard let shape = found["shape"]?.shape, shape.count == 1 || shape.count == 2 else {
            throw refuse("its shape is \(found["shape"] ?? ""); ids have one axis or two")
        }
        var bytes = element.bytes
        for extent in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
            if overflow { throw refuse("its shape \(shape) is larger than any file") }
            bytes = product
        }
        guard file.size - start == bytes else {
            throw refuse("its header promises \(bytes) bytes of ids, but \(max(0, file.size - start)) follow")
        }
        (self.element, self.shape, self.path) = (element, shape, path)
    }

    /// Reads ids until the file ends or the cutter has enough.
    func read(
        _ file: borrowing ReadableFile, _ cutter: inout ContextCutter, d_vocab: Int,
        progress: (_ done: Int, _ of: Int) throws -> Void, into sink: (Span<Int32>) throws -> Void
    ) throws {
        switch element {
        case .u2: try read(file, UInt16.self, &cutter, d_vocab, progress, sink)
        case .i4: try read(file, Int32.self, &cutter, d_vocab, progress, sink)
        case .u4: try read(file, UInt32.self, &cutter, d_vocab, progress, sink)
        case .i8: try read(file, Int64.self, &cutter, d_vocab, progress, sink)
        }
    }

    private func read<ID: FixedWidthInteger & BitwiseCopyable>(
        _ file: borrowing ReadableFile, _ type: ID.Type, _ cutter: inout ContextCutter, _ d_vocab: Int,
        _ progress: (_ done: Int, _ of: Int) throws -> Void, _ sink: (Span<Int32>) throws -> Void
    ) throws {
        let total = shape.reduce(1, *), row = shape.count == 2 ? shape[1] : .max
        var ids = [ID](repeating: 0, count: Self.readCount)
        var first = 0
        while first < total, !cutter.isFull {
            let wanted = min(Self.readCount, total - first)
            let read: Int
            do {
                var span = ids.mutableSpan
                read = try file.read(into: &span, at: start + first * element.bytes)
            }
            guard read >= wanted * element.bytes else {
                throw Contexts.Failure.notIDs(path: path, reason: "it was shortened while it was read")
            }
            for index in 0..<wanted {
                let id = ids[index], place = first + index
                guard let token = Int32(exactly: id), token >= 0, token < d_vocab else {
                    throw Contexts.Failure.unknownID(
                        path: path, id: Int(clamping: id), place: row == .max ? [place] : [place / row, place % row],
                        d_vocab: d_vocab)
                }
                if row != .max, place % row == 0, token != cutter.bos { cutter.stream.append(cutter.bos) }
                cutter.stream.append(token)
            }
            first += wanted
            try cutter.cutIfDue(into: sink)
            try progress(start + first * element.bytes, file.size)
        }
    }
}

extension Dictionary<String, Substring> {
    /// The members of a Python dictionary of texts, names, and tuples of numbers; nil for anything else.
    fileprivate init?(_ text: String) {
        self.init()
        let text = text.drop { $0 == " " }
        guard text.first == "{", let end = text.lastIndex(of: "}"),
            text[text.index(after: end)...].allSatisfy({ $0 == " " || $0 == "\n" })
        else { return nil }
        var rest = text[..<end].dropFirst()[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "," }
            if rest.isEmpty { return }
            guard let colon = rest.firstIndex(of: ":"), let name = rest[..<colon].quoted else { return nil }
            rest = rest[rest.index(after: colon)...].drop { $0 == " " }
            // A tuple's commas are its own.
            let close = rest.first == "(" ? rest.firstIndex(of: ")").map { rest.index(after: $0) } : rest.firstIndex(of: ",")
            let value = rest[..<(close ?? rest.endIndex)]
            guard self[name] == nil else { return nil }
            self[name] = Substring(value)
            rest = rest[value.endIndex...]
        }
    }
}

extension Substring {
    /// The text between two quotation marks of one kind.
    fileprivate var quoted: String? {
        guard count >= 2, let mark = first, mark == last, mark == "'" || mark == "\"" else { return nil }
        return String(dropFirst().dropLast())
    }

    /// The numbers of a tuple: `(3,)` or `(3, 4)`.
    fileprivate var shape: [Int]? {
        guard first == "(", last == ")" else { return nil }
        var extents: [Int] = []
        let parts = dropFirst().dropLast().split(separator: ",")
        for part in parts {
            let digits = part.filter { $0 != " " }
            guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }), let extent = Int(digits) else { return nil }
            extents.append(extent)
        }
        return extents
    }
}
