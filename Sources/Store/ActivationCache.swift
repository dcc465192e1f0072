import LMDB
import Tensors

/// Activations of sequences, kept on disk in the order of the sequences; read by any number of threads and processes at once.
public final class ActivationCache: Sendable {
    /// What it holds.
    public let shape: ActivationCacheShape
    /// How many sequences.
    public let sequences: Int
    private let file: ActivationCacheFile

    /// Opens a finished cache.
    ///
    /// - Throws: `StoreError.unreadable` for a directory that holds none, a part of one, or a file that was cut off;
    ///   `.versionUnsupported`, `.corrupt`.
    public init(directory: String) throws {
        file = try ActivationCacheFile(directory, creating: false)
        guard ActivationCacheMark.isAbsent(directory) else {
            throw StoreError.unreadable(path: directory, reason: "the activation cache was never finished.")
        }
        guard let contents = try file.contents() else {
            throw StoreError.unreadable(path: directory, reason: "the activation cache says nothing of what it holds.")
        }
        (shape, sequences) = contents
    }

    /// Whether a directory holds a cache that was finished; nothing of it is read.
    public static func isFinished(_ directory: String) -> Bool {
        FileSystem.size(directory + "/data.mdb") > 0 && ActivationCacheMark.isAbsent(directory)
    }

    /// Removes a cache, whole or not, from the disk; whoever has it open keeps reading.
    ///
    /// - Throws: `StoreError.failed`, `.full`.
    public static func remove(_ directory: String) throws {
        do {
            try FileSystem.removeDirectory(directory)
        } catch let error as LMDBError {
            throw StoreError(error, fileSize: 0, available: FileSystem.availableBytes(directory))
        }
    }

    /// Gives a cache that nobody has open another place on the same file system.
    ///
    /// - Throws: `StoreError.failed`, `.full`.
    public static func move(_ directory: String, to other: String) throws {
        do {
            try FileSystem.makeDirectories(String(other[..<(other.lastIndex(of: "/") ?? other.startIndex)]))
            try FileSystem.move(directory, to: other)
        } catch let error as LMDBError {
            throw StoreError(error, fileSize: 0, available: FileSystem.availableBytes(directory))
        }
    }

    /// The size of its file in bytes.
    public var fileBytes: Int { FileSystem.size(file.directory + "/data.mdb") }
}

extension ActivationCache {
    /// Reads whole sequences of one activation, from the map straight into the numbers.
    ///
    /// - Parameters:
    ///   - activation: Its number.
    ///   - sequences: Which, in any order.
    ///   - values: [sequences, T, width], filled.
    /// - Throws: `StoreError.corrupt` if a sequence is missing. Checksums are left to ``verify()``.
    /// - Complexity: one descent of the tree and one pass over the bytes per sequence.
    public func read(_ activation: Int, sequences: some Collection<Int>, into values: inout MutableSpan<Float>) throws {
        let size = shape.T * shape.activations[activation].width
        precondition(
            values.count == sequences.count * size, "\(sequences.count) sequences of \(size) into \(values.count) numbers")
        try file.translating {
            try file.environment.read { transaction in
                var place = 0
                for sequence in sequences {
                    let bytes = try bytes(activation, sequence, transaction)
                    switch shape.element {
                    case .float16: HalfPrecision.widen(bytes, into: &values, at: place)
                    case .float32: bytes.copyFloats(at: 0, count: size, into: &values, at: place)
                    }
                    place += size
                }
            }
        }
    }

    /// Lends the bytes of one sequence of one activation: [T, width] elements, little-endian, straight from the map.
    ///
    /// - Throws: `StoreError.corrupt` if the sequence is missing, and what the body throws.
    public func withBytes<R>(_ activation: Int, sequence: Int, _ body: (Span<UInt8>) throws -> R) throws -> R {
        try file.translating {
            try file.environment.read { transaction in try body(bytes(activation, sequence, transaction)) }
        }
    }

    /// The bytes of one sequence.
    @_lifetime(copy transaction)
    private func bytes(_ activation: Int, _ sequence: Int, _ transaction: ReadTransaction) throws -> Span<UInt8> {
        precondition(sequence >= 0 && sequence < sequences, "sequence \(sequence) of \(sequences)")
        let size = shape.sequenceBytes(activation)
        let key = ActivationCacheKey.key(block: sequence / shape.sequencesPerBlock, activation: activation)
        let value = try value(key, transaction)
        let start = Record.headerBytes + sequence % shape.sequencesPerBlock * size
        return value.extracting(start..<start + size)
    }

    /// The value of a block, which has the right size.
    @_lifetime(copy transaction)
    private func value(_ key: [UInt8], _ transaction: ReadTransaction) throws -> Span<UInt8> {
        guard let value = try transaction.value(key.span, in: file.blocks) else {
            throw ActivationCacheFile.Table.blocks.corrupt(key.span, "it is missing")
        }
        let (block, activation) = ActivationCacheKey.parts(key)
        let inBlock = min(shape.sequencesPerBlock, sequences - block * shape.sequencesPerBlock)
        let count = Record.headerBytes + inBlock * shape.sequenceBytes(activation)
        guard value.count == count else {
            throw ActivationCacheFile.Table.blocks.corrupt(key.span, "it has \(value.count) bytes, not \(count)")
        }
        return value
    }
}

extension ActivationCache {
    /// Reads everything and returns the damage; changes nothing.
    ///
    /// - Throws: `StoreError` for anything but damage.
    /// - Complexity: one checksum of the whole cache.
    public func verify() throws -> VerificationReport {
        var report = VerificationReport()
        let blocks = (sequences + shape.sequencesPerBlock - 1) / shape.sequencesPerBlock
        for block in 0..<blocks {
            for activation in shape.activations.indices {
                let key = ActivationCacheKey.key(block: block, activation: activation)
                do {
                    report.bytes += try file.translating {
                        try file.environment.read { transaction in
                            let value = try value(key, transaction)
                            _ = try ActivationCacheFile.payload(value, key: key.span, .blocks)
                            return key.count + value.count
                        }
                    }
                } catch StoreError.corrupt(let database, let key, let what) {
                    report.findings.append(VerificationReport.Finding(database: database, key: key, what: what))
                }
                report.records += 1
            }
        }
        return report
    }
}
