public import API
private import Checkpoints
private import JSON
public import Tensors

extension APIError {
    /// Why a file or folder that a caller wanted made was not.
    public static func unwritable(_ path: GuardedPath, _ error: any Error) -> APIError {
        if let error = error as? APIError { return error }
        let facts: JSONObject = ["path": .string(path.path)]
        guard let error = error as? FileError else {
            return APIError(.fileUnwritable, "cannot write \(path): \(error)", facts: facts)
        }
        if error.isRefusal { return APIError(.pathRefused, error.description, facts: facts) }
        if error.isTaken { return APIError(.fileExists, "\(path) is there already; name one that is not", facts: facts) }
        return APIError(.fileUnwritable, "cannot write \(path): \(error.reason)", facts: facts)
    }

    /// `path_refused`, if the path that a caller named is what was wrong; nil if it was something else.
    public static func refusal(_ path: GuardedPath, _ error: any Error) -> APIError? {
        var cause = error as? FileError
        if let error = error as? SafetensorsError, case .file(let reason) = error.reason { cause = reason }
        if let error = error as? TorchArchiveError, case .file(let reason) = error.reason { cause = reason }
        guard let cause, cause.isRefusal else { return nil }
        return APIError(.pathRefused, cause.description, facts: ["path": .string(path.path)])
    }
}
