import API
import Artifacts
import Checkpoints
import JSON
import Tensors

/// Where the large arrays of a reply go: into it, into a file that the caller has named, or into memory that is handed over.
struct TensorOutput: Sendable {
    /// The most bytes of one file or memory.
    ///
    /// Sixteen times what a message may have; as much again is held while it is written.
    private static let mostBytes = 1 << 30

    private let delivery: TensorDelivery
    private let format: TensorFormat
    private let place: GuardedPath?

    /// Whether the arrays are a part of the reply.
    var isInReply: Bool { delivery == .json }

    /// What a call asks for.
    ///
    /// - Throws: ``ParameterError`` for parameters that contradict each other; `path_refused`.
    init(_ params: some TensorParams, rights: Rights, in call: Call) throws {
        delivery = params.tensors
        switch (delivery, params.path) {
        case (.file, nil): throw ParameterError("path", "path is missing: the file that is to hold the arrays")
        case (.json, .some), (.memfd, .some): throw ParameterError("path", "path is for tensors: \"file\"")
        case (.file, _), (.json, nil), (.memfd, nil): break
        }
        if delivery == .json, params.format != nil {
            throw ParameterError("format", "format is for tensors: \"file\" and \"memfd\"")
        }
        if delivery == .memfd { try call.checkCanAttach(for: "tensors") }
        place = try params.path.map { try rights.place($0, in: call) }
        format = params.format ?? (params.path?.hasSuffix(".npy") == true ? .npy : .safetensors)
    }

    /// Refuses what would be too large before anything is computed.
    ///
    /// - Parameters:
    ///   - numbers: How many numbers there would be.
    ///   - arrays: How many arrays they make.
    /// - Throws: `message_too_large`; ``ParameterError`` for several arrays in a format that holds one.
    func check(numbers: Int, arrays: Int) throws {
        if isInReply { return try checkSize(numbers: numbers) }
        if format == .npy, arrays != 1 {
            throw ParameterError(
                "format", "a .npy file holds one array, and there would be \(arrays); safetensors holds any number")
        }
        let bytes = numbers * MemoryLayout<Float>.size
        guard bytes <= Self.mostBytes else {
            throw APIError(
                .messageTooLarge,
                "the arrays would take \(bytes) bytes; at most \(Self.mostBytes) are written, so ask for fewer names, heads or tokens",
                facts: ["bytes": .integer(bytes), "limit_bytes": .integer(Self.mostBytes)])
        }
    }

    /// Writes arrays where they were asked for.
    ///
    /// - Parameters:
    ///   - tensors: Names and arrays.
    ///   - call: The call whose reply brings the descriptor.
    /// - Returns: Where they are; nil if they belong into the reply.
    /// - Throws: `file_exists`, `file_unwritable`, `path_refused`, `out_of_memory`.
    func deliver(_ tensors: [(name: String, tensor: Tensor)], in call: Call) throws -> TensorFile? {
        switch (delivery, place) {
        case (.json, _): return nil
        case (.file, let place?):
            var bytes = 0
            do {
                var file = try ReplacementFile(place, replacing: false)
                try write(tensors, into: &file)
                try file.commit()
                bytes = file.count
            } catch {
                throw APIError.unwritable(place, error)
            }
            return TensorFile(format: format, bytes: bytes, path: place.path, names: tensors.map(\.name))
        case (.memfd, _), (.file, nil):
            let bytes: Int, attachment: Attachment
            do {
                var memory = try SealedMemory("qklens-tensors")
                try write(tensors, into: &memory)
                bytes = memory.count
                attachment = Attachment(owning: try memory.seal())
            } catch {
                throw APIError(.outOfMemory, "the arrays could not be put into memory: \(error)")
            }
            try call.attach(attachment, for: "tensors")
            return TensorFile(format: format, bytes: bytes, descriptor: 0, names: tensors.map(\.name))
        }
    }

    private func write(_ tensors: [(name: String, tensor: Tensor)], into sink: inout some ByteSink & ~Copyable) throws(FileError)
    {
        if format == .npy, let tensor = tensors.first?.tensor {
            try NumPyFile.write(tensor.values, shape: tensor.shape, into: &sink)
        } else {
            try SafetensorsWriter.write(tensors, into: &sink)
        }
    }
}
