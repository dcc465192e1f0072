// A tensor is a header and chunks of about 1 MiB, written in this order:
//
// 1. delete what lies under the owner and the name, the header first;
// 2. take a stamp, a number that is given out once; write the chunks, each with the stamp, a few per transaction;
// 3. write the header, with the same stamp, in the last transaction.
//
// So a tensor without a header is not there, and one whose chunks bear another stamp was written by two at once: torn.
import LMDB

/// A tensor read from the store.
public struct StoredTensor: Equatable, Sendable {
    /// Sizes, outermost first; empty for a single number.
    public let shape: [Int]
    /// Row-major, `shape` multiplied out.
    public let values: [Float]

    /// A tensor.
    public init(shape: [Int], values: [Float]) {
        self.shape = shape
        self.values = values
    }
}

/// The first record of a tensor.
struct TensorHeader: Equatable {
    let stamp: UInt64
    let shape: [Int]
    let count: Int
    let chunks: Int

    init(stamp: UInt64, shape: [Int], count: Int) {
        self.stamp = stamp
        self.shape = shape
        self.count = count
        chunks = (count + Schema.Tensor.floatsPerChunk - 1) / Schema.Tensor.floatsPerChunk
    }

    /// Reads a header; nil if it contradicts itself.
    init?(_ payload: Span<UInt8>) {
        guard payload.count >= Schema.Tensor.headerBytes else { return nil }
        let rank = Int(payload.load(at: 8, as: UInt32.self))
        guard payload.count == Schema.Tensor.headerBytes + 8 * rank else { return nil }
        var shape: [Int] = []
        var product = 1
        for axis in 0..<rank {
            guard let size = Int(exactly: payload.load(at: Schema.Tensor.headerBytes + 8 * axis, as: UInt64.self)) else {
                return nil
            }
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            product = next
            shape.append(size)
        }
        self.init(stamp: payload.load(at: 0, as: UInt64.self), shape: shape, count: product)
        guard payload.load(at: 16, as: UInt64.self) == UInt64(count),
            payload.load(at: 12, as: UInt32.self) == UInt32(truncatingIfNeeded: chunks)
        else { return nil }
    }

    var payload: [UInt8] {
        var payload: [UInt8] = []
        payload.append(littleEndian: stamp)
        payload.append(littleEndian: UInt32(shape.count))
        payload.append(littleEndian: UInt32(chunks))
        payload.append(littleEndian: UInt64(count))
        for size in shape { payload.append(littleEndian: UInt64(size)) }
        return payload
    }

    /// The floats of chunk `chunk`, counted from 1.
    func range(ofChunk chunk: Int) -> Range<Int> {
        let start = (chunk - 1) * Schema.Tensor.floatsPerChunk
        return start..<min(start + Schema.Tensor.floatsPerChunk, count)
    }
}

extension StoreReader {
    /// A tensor with all its values; nil if there is none.
    ///
    /// - Throws: `StoreError.corrupt` if a chunk is damaged, missing or torn, `.invalidIdentifier`.
    ///   Cost: one copy and one checksum of the values, about 1 GB/s.
    public func tensor(owner: String, name: String) throws -> StoredTensor? {
        guard let header = try tensorHeader(owner: owner, name: name) else { return nil }
        var values = [Float](repeating: 0, count: header.count)
        var span = values.mutableSpan
        for chunk in stride(from: 1, through: header.chunks, by: 1) {
            let payload = try tensorChunk(chunk, of: header, owner: owner, name: name)
            let range = header.range(ofChunk: chunk)
            payload.copyFloats(at: Schema.Tensor.chunkHeader, count: range.count, into: &span, at: range.lowerBound)
        }
        return StoredTensor(shape: header.shape, values: values)
    }

    /// The names and shapes of an owner's tensors that were written to the end, by length of name and then by name.
    ///
    /// - Throws: `StoreError.corrupt`, `.invalidIdentifier`. Cost: one descent per tensor, not per chunk.
    public func tensors(owner: String) throws -> [(name: String, shape: [Int])] {
        let prefix = try TensorKey.prefix(owner: owner)
        var found: [(name: String, shape: [Int])] = []
        var cursor = try transaction.cursor(databases[.tensors])
        var more = try cursor.seek(prefix.span)
        while more, cursor.key.starts(with: prefix.span) {
            guard let key = TensorKey(cursor.key.array) else {
                throw Schema.Table.tensors.corrupt(cursor.key, "the key is not a tensor's")
            }
            if let header = try tensorHeader(owner: owner, name: key.name) { found.append((key.name, header.shape)) }
            let past = try TensorKey(owner: owner, name: key.name, chunk: .max).encoded()
            more = try cursor.seek(past.span)
        }
        return found
    }

    func tensorHeader(owner: String, name: String) throws -> TensorHeader? {
        let key = try TensorKey(owner: owner, name: name, chunk: 0).encoded()
        guard let payload = try payload(key, in: .tensors) else { return nil }
        guard let header = TensorHeader(payload) else {
            throw Schema.Table.tensors.corrupt(key.span, "the header contradicts itself")
        }
        return header
    }

    /// The payload of a chunk that belongs to `header` and has all its floats.
    @_lifetime(copy self)
    func tensorChunk(_ chunk: Int, of header: TensorHeader, owner: String, name: String) throws -> Span<UInt8> {
        let key = try TensorKey(owner: owner, name: name, chunk: UInt32(chunk)).encoded()
        guard let payload = try payload(key, in: .tensors) else {
            throw Schema.Table.tensors.corrupt(key.span, "the chunk is missing; the header counts \(header.chunks)")
        }
        let bytes = Schema.Tensor.chunkHeader + header.range(ofChunk: chunk).count * MemoryLayout<Float>.size
        guard payload.count == bytes else {
            throw Schema.Table.tensors.corrupt(key.span, "the chunk has \(payload.count) bytes, not \(bytes)")
        }
        let stamp = payload.load(at: 0, as: UInt64.self)
        guard stamp == header.stamp else {
            throw Schema.Table.tensors.corrupt(
                key.span, "the chunk is torn: it bears the stamp \(stamp), the header \(header.stamp)")
        }
        return payload
    }
}

extension Store {
    /// Writes a tensor in place of what was there, in transactions of about 8 MiB.
    ///
    /// Readers see no tensor of that name until the last transaction. Call it off the cooperative pool.
    /// - Parameters:
    ///   - values: `shape`, row-major.
    ///   - owner: An identifier that no document names yet, so that all of its tensors appear together.
    /// - Throws: `StoreError.full`, after which `deleteTensors` frees what was written, and `.invalidIdentifier`.
    public func writeTensor(_ values: [Float], shape: [Int], owner: String, name: String) throws {
        let count = shape.reduce(1, *)
        precondition(count == values.count, "a tensor of shape \(shape) has \(count) values, but \(values.count) are given")
        try delete(prefix: TensorKey.prefix(owner: owner, name: name), in: .tensors, batch: Schema.Tensor.chunksPerTransaction)
        let stamp = try write { try UInt64($0.nextNumber(Schema.Meta.stamp)) }
        let header = TensorHeader(stamp: stamp, shape: shape, count: count)
        for first in stride(from: 1, through: header.chunks, by: Schema.Tensor.chunksPerTransaction) {
            let last = min(first + Schema.Tensor.chunksPerTransaction - 1, header.chunks)
            try write { writer in
                for chunk in first...last {
                    let key = try TensorKey(owner: owner, name: name, chunk: UInt32(chunk)).encoded()
                    var payload: [UInt8] = []
                    payload.reserveCapacity(Schema.Tensor.valueBytes)
                    payload.append(littleEndian: stamp)
                    payload.append(copying: values.span.extracting(header.range(ofChunk: chunk)).littleEndianBytes)
                    try writer.put(payload.span, for: key, in: .tensors)
                }
            }
        }
        try write { writer in
            try writer.put(header.payload.span, for: TensorKey(owner: owner, name: name, chunk: 0).encoded(), in: .tensors)
        }
    }

    /// Deletes all tensors of an owner, in small transactions.
    ///
    /// - Throws: `StoreError.invalidIdentifier`.
    public func deleteTensors(owner: String) throws {
        try delete(prefix: TensorKey.prefix(owner: owner), in: .tensors, batch: Schema.Tensor.chunksPerTransaction)
    }

    /// Deletes the records whose keys begin with `prefix`, up to `batch` per transaction; returns how many it deleted.
    @discardableResult
    func delete(prefix: [UInt8], in table: Schema.Table, batch: Int) throws -> Int {
        // Nothing to delete costs no transaction.
        let any = try read { reader in
            var cursor = try reader.transaction.cursor(databases[table])
            return try cursor.seek(prefix.span) && cursor.key.starts(with: prefix.span)
        }
        guard any else { return 0 }
        var deleted = 0
        while true {
            let count = try write { try $0.delete(prefix: prefix, in: table, limit: batch) }
            deleted += count
            if count < batch { return deleted }
        }
    }
}
