import Artifacts
import JSON
import API

/// `models.load`.
struct ModelsLoadHandler: MethodHandler {
    typealias M = ModelsLoad
    let models: ModelLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        guard params.path.hasPrefix("/") else {
            throw APIError(
                .pathRefused,
                "'\(params.path)' is not an absolute path; the service has another working directory than its callers",
                facts: ["path": .string(params.path)])
        }
        var path = params.path[...]
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let name = params.name ?? path.split(separator: "/").last.map(String.init) ?? "model"
        return try await models.load(path: String(path), name: name).info
    }
}
