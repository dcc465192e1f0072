// How a cache is written:
//
// 1. The mark `incomplete` is put on the disk, then the shape is written.
// 2. Sequences come in order; each activation's are kept in memory until they fill a block.
// 3. Whole blocks are appended, each with its checksum, and the number of whole sequences with them, in one transaction that does not
//    wait for the disk. What a killed process had committed is there for the next one, which goes on behind it.
// 4. At the end the last, shorter block; then all is put on the disk, and only then the mark is removed.
import LMDB
import Tensors

/// An activation cache that is being written.
///
/// One thread at a time.
public struct ActivationCacheWriter: ~Copyable {
    /// What the cache will hold.
    public let shape: ActivationCacheShape
    /// The whole sequences that are committed; the next one to append is of this number when a writer has just been made.
    public private(set) var committed: Int
    private let file: ActivationCacheFile
    /// Per activation, the bytes that are not committed yet, and how many of them are.
    private var pending: [[UInt8]]

    /// Bytes of a transaction, about: tens of milliseconds.
    private static let transactionBytes = 32 << 20

    /// A number that half precision cannot hold.
    public struct Overflow: Error, Hashable, CustomStringConvertible {
        /// The activation.
        public let activation: String

        /// An overflow.
        public init(activation: String) { self.activation = activation }

        /// One sentence.
        public var description: String {
            "\(activation) has numbers beyond 65504, the greatest of float16; keep it as float32"
        }
    }

    /// Begins a cache, or goes on with one of the same shape that a killed process was writing.
    ///
    /// Anything else in the directory, such as a part of another cache or one from before the machine was started anew, is removed.
    /// - Throws: `StoreError`.
    public init(directory: String, shape: ActivationCacheShape) throws {
        (file, committed) = try Self.interrupted(directory, shape) ?? Self.begun(directory, shape)
        self.shape = shape
        pending = Array(repeating: [], count: shape.activations.count)
    }

    /// A new cache without sequences.
    private static func begun(_ directory: String, _ shape: ActivationCacheShape) throws -> (ActivationCacheFile, Int) {
        try ActivationCache.remove(directory)
        do {
            try FileSystem.makeDirectories(directory)
            try ActivationCacheMark.put(directory)
        } catch let error as FileError {
            throw error.isLackOfRoom
                ? StoreError.full(path: directory, fileSize: 0, mapSize: 0, available: FileSystem.availableBytes(directory))
                : StoreError.failed(path: directory, reason: error.description)
        } catch let error as LMDBError {
            throw StoreError(error, fileSize: 0, available: FileSystem.availableBytes(directory))
        }
        let file = try ActivationCacheFile(directory, creating: true)
        try file.put([(ActivationCacheFile.shapeKey, shape.payload)], sequences: 0)
        return (file, 0)
    }

    /// What a killed process was writing in this start of the machine, if its shape is the same and it can be read.
    private static func interrupted(_ directory: String, _ shape: ActivationCacheShape) -> (ActivationCacheFile, Int)? {
        guard ActivationCacheMark.isOfThisStart(directory),
            let file = try? ActivationCacheFile(directory, creating: false), let found = try? file.contents(),
            found.shape == shape
        else { return nil }
        return (file, found.sequences)
    }

    /// Appends sequences, and commits those that fill blocks.
    ///
    /// - Parameter batch: Per activation [n, T, width], the same n.
    /// - Throws: `StoreError.full` among others, and ``Overflow``.
    public mutating func append(_ batch: [[Float]]) throws {
        precondition(
            batch.count == shape.activations.count, "\(batch.count) activations where \(shape.activations.count) are kept")
        let n = batch[0].count / (shape.T * shape.activations[0].width)
        for (number, values) in batch.enumerated() {
            let activation = shape.activations[number], expected = n * shape.T * activation.width
            precondition(values.count == expected, "\(activation.name) has \(values.count) numbers, not \(expected)")
            switch shape.element {
            case .float32: pending[number].append(copying: values.span.littleEndianBytes)
            case .float16:
                guard HalfPrecision.narrow(values.span, appendingTo: &pending[number]) else {
                    throw Overflow(activation: activation.name)
                }
            }
        }
        try commit(atLeast: shape.sequencesPerBlock)
    }

    /// Commits the rest, puts everything on the disk and marks the cache as whole.
    ///
    /// - Throws: `StoreError`.
    public mutating func finish() throws {
        try commit(atLeast: 1)
        try file.translating { try file.environment.sync() }
        do {
            try ActivationCacheMark.remove(file.directory)
        } catch let error as LMDBError {
            throw StoreError(error, fileSize: 0, available: FileSystem.availableBytes(file.directory))
        }
    }

    /// Appends blocks while there are so many pending sequences for each.
    private mutating func commit(atLeast least: Int) throws {
        var done = 0
        let gathered = pending[0].count / shape.sequenceBytes(0)
        while gathered - done >= least {
            var records: [(key: [UInt8], payload: [UInt8])] = [], bytes = 0
            let first = done
            while gathered - done >= least, bytes < Self.transactionBytes {
                let n = min(shape.sequencesPerBlock, gathered - done)
                let block = (committed + done - first) / shape.sequencesPerBlock
                for number in shape.activations.indices {
                    let size = shape.sequenceBytes(number)
                    let payload = Array(pending[number][done * size..<(done + n) * size])
                    records.append((ActivationCacheKey.key(block: block, activation: number), payload))
                    bytes += payload.count
                }
                done += n
            }
            try file.append(records, sequences: committed + done - first)
            committed += done - first
        }
        for number in shape.activations.indices { pending[number].removeFirst(done * shape.sequenceBytes(number)) }
    }
}

extension ActivationCacheFile {
    /// Appends blocks and counts their sequences, in one transaction.
    fileprivate func append(_ records: [(key: [UInt8], payload: [UInt8])], sequences: Int) throws {
        try translating {
            try environment.write { transaction in
                for (key, payload) in records {
                    let header = Record.header(key: key.span, payload: payload.span, tag: Table.blocks.rawValue)
                    try transaction.put(payload.span, header: header.span, for: key.span, in: blocks, appending: true)
                }
                try put(sequences: sequences, in: &transaction)
            }
        }
    }

    /// Puts records of the meta database.
    fileprivate func put(_ records: [(key: [UInt8], payload: [UInt8])], sequences: Int) throws {
        try translating {
            try environment.write { transaction in
                for (key, payload) in records {
                    let header = Record.header(key: key.span, payload: payload.span, tag: Table.meta.rawValue)
                    try transaction.put(payload.span, header: header.span, for: key.span, in: meta)
                }
                try put(sequences: sequences, in: &transaction)
            }
        }
    }

    private func put(sequences: Int, in transaction: inout WriteTransaction) throws {
        var number: [UInt8] = []
        number.append(littleEndian: UInt64(sequences))
        let key = Self.sequencesKey
        let header = Record.header(key: key.span, payload: number.span, tag: Table.meta.rawValue)
        try transaction.put(number.span, header: header.span, for: key.span, in: meta)
    }
}
