import API
import Artifacts

/// `tasks.list`.
struct TasksListHandler: MethodHandler {
    typealias M = TasksList
    let models: ModelLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        return M.Result(model: model.name, tasks: try await compute.run { TaskPrompts(model: model).list() })
    }
}
