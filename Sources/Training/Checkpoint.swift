import Checkpoints
import JSON
import Jobs
import Tensors

/// Everything that a stage of a job needs to go on: small values, and numbers by name.
struct Checkpoint {
    /// A buffer of numbers.
    typealias Buffer = (name: String, shape: [Int], values: [Float])

    /// The small values.
    let header: JSON
    /// The numbers.
    let buffers: [Buffer]

    /// The size of its file, but for the header.
    var bytes: Int { buffers.reduce(0) { $0 + $1.values.count * MemoryLayout<Float>.stride } }
}

/// The checkpoints of one job: safetensors files that appear when they are whole and on the disk; the two newest are kept.
struct CheckpointFolder {
    private let directory: JobDirectory

    private static let kept = 2
    private static let prefix = "checkpoint-", suffix = ".safetensors"
    /// The name in the file's metadata under which the small values stand.
    private static let headerName = "qklens.checkpoint"

    /// The checkpoints in a job's directory; parts of one that a killed worker was writing are removed.
    init(_ directory: JobDirectory) {
        self.directory = directory
        for name in directory.files() where name.hasPrefix(Self.prefix) && !name.hasSuffix(Self.suffix) { directory.remove(name) }
    }

    /// Writes a checkpoint, then removes all but the two newest.
    ///
    /// - Parameters:
    ///   - checkpoint: What to write.
    ///   - serial: Which it is; greater than those before.
    func write(_ checkpoint: Checkpoint, serial: Int) throws {
        var file = try ReplacementFile(path(serial))
        let header = String(decoding: checkpoint.header.bytes(), as: UTF8.self)
        try file.append(
            SafetensorsWriter.prefix(checkpoint.buffers.map { ($0.name, $0.shape) }, metadata: [Self.headerName: header]))
        for (index, buffer) in checkpoint.buffers.enumerated() {
            try file.append(buffer.values.span)
            if index == checkpoint.buffers.count / 2 { FaultPoint.reached("checkpoint-half-written") }
        }
        FaultPoint.reached("checkpoint-before-rename")
        try file.commit()
        FaultPoint.reached("checkpoint-after-rename")
        for old in serials().dropLast(Self.kept) { directory.remove(name(old)) }
    }

    /// The serial of the newest checkpoint; nil if there is none.
    var newestSerial: Int? { serials().last }

    /// The newest checkpoint that can be read.
    ///
    /// - Returns: nil if there is none.
    func newest() -> Checkpoint? {
        for serial in serials().reversed() {
            if let checkpoint = try? read(path(serial)) { return checkpoint }
        }
        return nil
    }

    private func read(_ path: String) throws -> Checkpoint? {
        let file = try SafetensorsFile(path)
        guard let header = file.header.metadata[Self.headerName] else { return nil }
        let buffers = try file.header.tensors.map { ($0.name, $0.shape, try file.tensor($0.name).values) }
        return Checkpoint(header: try JSON(parsing: header), buffers: buffers)
    }

    /// The serials of the checkpoints there are, ascending.
    private func serials() -> [Int] {
        directory.files().compactMap { name in
            guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.suffix) else { return nil }
            return Int(name.dropFirst(Self.prefix.count).dropLast(Self.suffix.count))
        }.sorted()
    }

    private func name(_ serial: Int) -> String { "\(Self.prefix)\(serial)\(Self.suffix)" }

    private func path(_ serial: Int) -> String { "\(directory.path)/\(name(serial))" }
}
