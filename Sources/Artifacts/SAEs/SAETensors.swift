internal import API
private import Checkpoints
internal import Dictionaries
private import JSON
internal import Tensors

/// The tensors of an autoencoder's file, read once their names and shapes are those that its configuration calls for.
struct SAETensors {
    private(set) var values: [String: [Float]] = [:]

    /// Reads a file of either format.
    ///
    /// - Parameters:
    ///   - place: A `.pt` file, or a safetensors file.
    ///   - cfg: What its configuration says.
    /// - Throws: `path_refused`, `file_not_found`, `dictionary_unreadable`, `dictionary_unsupported`.
    init(_ place: GuardedPath, _ cfg: SAEConfiguration) throws {
        do {
            if place.path.hasSuffix(".pt") {
                let archive = try TorchArchive(place)
                try Self.check(archive.entries.map { ($0.name, $0.shape) }, cfg, place)
                for entry in archive.entries { try add(entry.name, try archive.tensor(entry.name), place) }
            } else {
                let file = try SafetensorsFile(place)
                try Self.check(file.header.tensors.map { ($0.name, $0.shape) }, cfg, place)
                for entry in file.header.tensors { try add(entry.name, try file.tensor(entry.name), place) }
            }
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError.refusal(place, error) ?? APIError.unreadable(place, "\(error)")
        }
    }

    private mutating func add(_ name: String, _ tensor: Tensor, _ place: GuardedPath) throws {
        guard tensor.values.allSatisfy(\.isFinite) else {
            throw APIError.unsupported(place, "\(name) holds a number that is not finite")
        }
        values[name] = tensor.values
    }

    /// The names that a configuration calls for, their shapes, and whether they may be absent.
    private static func wanted(_ cfg: SAEConfiguration) -> [(name: String, shape: [Int], isOptional: Bool)] {
        let (D, F) = (cfg.d_in, cfg.d_sae)
        var wanted = [
            (name: "W_enc", shape: [D, F], isOptional: false), ("W_dec", [F, D], false), ("b_enc", [F], false),
            ("b_dec", [D], false),
        ]
        switch cfg.architecture {
        case .standard, .topk: break
        case .jumprelu: wanted.append(("threshold", [F], false))
        case .batchtopk: wanted += [("threshold", [F], true), ("topk_threshold", [], true)]
        }
        return wanted + [("scaling_factor", [F], true), ("finetuning_scaling_factor", [F], true)]
    }

    /// What cfg.json says is worth memory only once the file, whose length cannot lie, says the same.
    private static func check(_ found: [(name: String, shape: [Int])], _ cfg: SAEConfiguration, _ place: GuardedPath)
        throws(APIError)
    {
        let wanted = wanted(cfg)
        for (name, shape) in found {
            guard let expected = wanted.first(where: { $0.name == name })?.shape else {
                throw APIError.unsupported(
                    place,
                    "tensor '\(name)' is not one that the architecture \(cfg.architecture.rawValue) has, and it is not passed over"
                )
            }
            guard shape == expected else {
                throw APIError.unsupported(place, "\(name) has shape \(shape), where the configuration says \(expected)")
            }
        }
        for tensor in wanted where !tensor.isOptional && !found.contains(where: { $0.name == tensor.name }) {
            throw APIError.unsupported(place, "\(tensor.name) of shape \(tensor.shape) is missing")
        }
        let names = found.map(\.name)
        if cfg.architecture == .batchtopk && !names.contains("threshold") && !names.contains("topk_threshold") {
            throw APIError.unsupported(place, "threshold of shape [\(cfg.d_sae)] is missing: BatchTopK keeps what exceeds it")
        }
    }
}

extension APIError {
    /// An autoencoder's file that cannot be read, or is missing.
    static func unreadable(_ place: GuardedPath, _ reason: String) -> APIError {
        APIError(.dictionaryUnreadable, reason, facts: ["path": .string(place.path)])
    }

    /// A sound file that asks for what is not computed here.
    static func unsupported(_ place: GuardedPath, _ reason: String) -> APIError {
        APIError(.dictionaryUnsupported, "\(place): \(reason)", facts: ["path": .string(place.path)])
    }
}
