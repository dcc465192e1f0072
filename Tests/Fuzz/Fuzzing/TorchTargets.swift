private import Checkpoints
private import Tensors

extension FuzzTarget {
    /// Pickles of tensors.
    ///
    /// What is accepted describes tensors within their storages.
    public static let pickles = FuzzTarget("pickles", make: ByteMutation.input) { bytes in
        guard let accepted = try? TorchPickle(parsing: bytes) else { return false }
        for (name, view) in accepted.tensors {
            let last = zip(view.shape, view.strides).reduce(view.offset) { $0 + ($1.0 - 1) * $1.1 }
            try Finding.require(
                view.count == 0 || (view.count <= view.storage.count && (0..<view.storage.count).contains(last)),
                "'\(name)': \(view)")
        }
        return true
    }

    /// Archives of a pickle and its storages.
    ///
    /// What is accepted can be read, or says why not.
    public static let torchArchives = FuzzTarget("torch-archives", make: ByteMutation.input) { bytes in
        guard let archive = try? TorchArchive(.own(try FuzzFile.write(bytes, "tensors.pt"))) else { return false }
        for entry in archive.entries {
            guard let tensor = try? archive.tensor(entry.name) else { continue }
            try Finding.require(
                tensor.shape == entry.shape && tensor.count <= bytes.count,
                "'\(entry.name)' of \(bytes.count) bytes: \(tensor.shape)")
        }
        return true
    }
}
