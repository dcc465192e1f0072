import API
import ArgumentParser
import Client
import Glibc
import JSON
import Presentation
import Tensors

/// Where a command that has arrays to give puts them.
struct OutputOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write the arrays to this file, which must not be there: .safetensors, or .npy for a single one.", valueName: "file"))
    var out: String?

    func validate() throws {
        guard let out, format(of: out) == nil else { return }
        throw ValidationError("--out \(out) ends in neither .safetensors nor .npy.")
    }

    private func format(of path: String) -> TensorFormat? { TensorFormat.allCases.first { path.hasSuffix(".\($0.rawValue)") } }

    /// How the arrays are to come: in memory if they are to be written, which this process then does with its own user's rights.
    var delivery: (tensors: TensorDelivery, format: TensorFormat?) { out.map { (.memfd, format(of: $0)) } ?? (.json, nil) }
}

extension Session {
    /// Calls a method whose arrays come in memory, and writes them to a file.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - params: Ask for `memfd`.
    ///   - path: The file, which must not be there.
    ///   - tensors: What the result says of the arrays.
    func save<M: Method>(
        _ method: M.Type, _ params: M.Params, to path: String, _ tensors: (M.Result) -> TensorFile?
    ) throws {
        do {
            // Before the work, so that a name that cannot be had costs nothing.
            var file = try ReplacementFile(.own(path), replacing: false)
            let (json, attachments) = try client.callWithAttachments(M.name, try JSON(encoding: params))
            let saved = tensors(try json.decode(M.Result.self))
            guard let saved, let place = saved.descriptor, attachments.indices.contains(place) else {
                throw CommandFailure(message: "the reply brought no arrays", status: .refused)
            }
            let descriptor = withExtendedLifetime(attachments) { dup(attachments[place].descriptor) }
            let memory = try ReadableFile(owning: descriptor, named: "the reply's memory")
            for start in stride(from: 0, to: memory.size, by: Self.block) {
                try file.append(try memory.bytes(min(Self.block, memory.size - start), at: start))
            }
            try file.commit()
            if printsJSON { return Session.show(json) }
            Terminal.writeError("wrote \(path): \(saved.bytes.bytes), \(saved.names.joined(separator: ", "))\n")
        } catch let error as FileError {
            throw CommandFailure(message: "\(error)", status: .refused)
        }
    }

    /// Bytes copied at a time.
    private static let block = 1 << 20
}
