// The layout of an activation cache: one LMDB environment of its own, with two databases. Numbers in keys are big-endian, numbers in
// values little-endian; every value is a record as the store's are (see `Record`), so each has its checksum.
//
//     database            key                          payload
//     cache_meta          "shape"                      version u32, element u32, T u64, activations u32,
//                                                      per activation: width u64, name length u32, name;
//                                                      document length u32, document
//                         "sequences"                  how many are whole u64
//     cache_blocks        block u32, activation u32    [sequences of the block, T, width] elements, f16 or f32
//
// A block has as many sequences as fit into about 1 MiB for the widest activation, and at least one. Blocks are written in the order of
// their keys, so that they are appended; they never change. While a cache is written, the file `incomplete` stands beside `data.mdb`.
import LMDB
import Tensors

/// What an activation cache holds, but for how many sequences.
public struct ActivationCacheShape: Hashable, Sendable {
    /// How a number is kept.
    public enum Element: UInt32, Sendable, CaseIterable {
        /// IEEE 754 half precision: rounded to nearest.
        case float16 = 0
        /// IEEE 754 single precision: exact.
        case float32 = 1

        /// Its size.
        public var bytes: Int {
            switch self {
            case .float16: MemoryLayout<UInt16>.size
            case .float32: MemoryLayout<Float>.size
            }
        }
    }

    /// One named activation, [sequences, T, width].
    public struct Activation: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Numbers per position.
        public let width: Int

        /// An activation.
        public init(name: String, width: Int) { (self.name, self.width) = (name, width) }
    }

    /// The length of a sequence.
    public let T: Int
    /// The activations, in the order of their numbers.
    public let activations: [Activation]
    /// How numbers are kept.
    public let element: Element
    /// What the owner says of the cache; the store does not know its meaning.
    public let document: [UInt8]

    /// The version of the layout.
    static let version: UInt32 = 1
    /// A value that fills its overflow pages to the last byte: 256 pages of 4096, less the page header of 16.
    static let valueBytes = 256 * 4096 - 16
    /// Longer values are refused by the engine.
    static let longestValue = Int(Int32.max)

    /// A shape.
    ///
    /// - Precondition: T and widths are positive, there is an activation, and a sequence of one takes less than 2 GiB.
    public init(T: Int, activations: [Activation], element: Element, document: [UInt8] = []) {
        precondition(T > 0 && !activations.isEmpty, "a cache of \(activations.count) activations at \(T) positions")
        precondition(activations.allSatisfy { $0.width > 0 }, "a cache of \(activations)")
        (self.T, self.activations, self.element, self.document) = (T, activations, element, document)
        precondition(longestSequence < Self.longestValue, "a sequence of \(longestSequence) bytes is more than a value may have")
    }

    /// Bytes of one sequence of the widest activation; 2 GiB and more cannot be kept.
    private var longestSequence: Int { T * (activations.map(\.width).max() ?? 0) * element.bytes + Record.headerBytes }

    /// Whether a cache can have sequences of that size.
    public static func canHold(T: Int, width: Int, element: Element) -> Bool {
        let (numbers, overflow) = T.multipliedReportingOverflow(by: width)
        return !overflow && numbers < (longestValue - Record.headerBytes) / element.bytes
    }

    /// The number of an activation by its name; nil if the cache has none of that name.
    public func number(of name: String) -> Int? { activations.firstIndex { $0.name == name } }

    /// Sequences that share a value.
    var sequencesPerBlock: Int { max(1, (Self.valueBytes - Record.headerBytes) / (longestSequence - Record.headerBytes)) }

    /// Bytes of one sequence of an activation.
    func sequenceBytes(_ activation: Int) -> Int { T * activations[activation].width * element.bytes }
}

extension ActivationCacheShape {
    /// The size of the file of a finished cache, in bytes, to within a few pages.
    public func fileBytes(sequences: Int) -> Int {
        let page = 4096, pageHeader = 16, nodeHeader = 8, pointer = 2, pageNumber = 8
        let whole = sequences / sequencesPerBlock, rest = sequences % sequencesPerBlock
        func pages(_ sequences: Int) -> Int {
            guard sequences > 0 else { return 0 }
            return activations.indices.reduce(0) { sum, activation in
                sum + (pageHeader + Record.headerBytes + sequences * sequenceBytes(activation) + page - 1) / page
            }
        }
        // Leaves that are appended to are filled to the brim; above them one branch page per as many leaves, and so on.
        var level = (whole + (rest > 0 ? 1 : 0)) * activations.count
        var tree = 0
        let perPage = (page - pageHeader) / (nodeHeader + ActivationCacheKey.bytes + pageNumber + pointer)
        repeat {
            level = (level + perPage - 1) / perPage
            tree += level
        } while level > 1
        // Two meta pages, the directory of names, `cache_meta`, the free list, and the copies that each commit makes of a few of them.
        let fixed = 12
        return (whole * pages(sequencesPerBlock) + pages(rest) + tree + fixed) * page
    }

    /// The record's payload.
    var payload: [UInt8] {
        var payload: [UInt8] = []
        payload.append(littleEndian: Self.version)
        payload.append(littleEndian: element.rawValue)
        payload.append(littleEndian: UInt64(T))
        payload.append(littleEndian: UInt32(activations.count))
        for activation in activations {
            payload.append(littleEndian: UInt64(activation.width))
            payload.append(littleEndian: UInt32(activation.name.utf8.count))
            payload += activation.name.utf8
        }
        payload.append(littleEndian: UInt32(document.count))
        return payload + document
    }

    /// Reads a record's payload; nil if it contradicts itself.
    ///
    /// - Throws: `StoreError.versionUnsupported`.
    init?(payload: Span<UInt8>) throws {
        var offset = 0
        func next<N: FixedWidthInteger & BitwiseCopyable>(_ type: N.Type) -> Int? {
            guard payload.count - offset >= MemoryLayout<N>.size else { return nil }
            defer { offset += MemoryLayout<N>.size }
            return Int(exactly: payload.load(at: offset, as: N.self))
        }
        func bytes() -> [UInt8]? {
            guard let count = next(UInt32.self), payload.count - offset >= count else { return nil }
            defer { offset += count }
            return payload.extracting(offset..<offset + count).array
        }
        guard let version = next(UInt32.self) else { return nil }
        guard version == Int(Self.version) else {
            throw StoreError.versionUnsupported(found: version, supported: Int(Self.version), oldest: Int(Self.version))
        }
        guard let raw = next(UInt32.self), let element = Element(rawValue: UInt32(raw)), let T = next(UInt64.self), T > 0,
            let count = next(UInt32.self), count > 0
        else { return nil }
        var activations: [Activation] = []
        for _ in 0..<count {
            guard let width = next(UInt64.self), width > 0, Self.canHold(T: T, width: width, element: element),
                let text = bytes(), let name = String(validating: text, as: UTF8.self)
            else { return nil }
            activations.append(Activation(name: name, width: width))
        }
        guard let document = bytes(), offset == payload.count else { return nil }
        self.init(T: T, activations: activations, element: element, document: document)
    }
}

/// The key of one value of a cache.
enum ActivationCacheKey {
    /// Block, activation.
    static let bytes = 2 * MemoryLayout<UInt32>.size

    static func key(block: Int, activation: Int) -> [UInt8] {
        var key: [UInt8] = []
        key.append(bigEndian: UInt32(block))
        key.append(bigEndian: UInt32(activation))
        return key
    }

    static func parts(_ key: [UInt8]) -> (block: Int, activation: Int) {
        (Int(key.span.bigEndian(at: 0, as: UInt32.self)), Int(key.span.bigEndian(at: 4, as: UInt32.self)))
    }
}
