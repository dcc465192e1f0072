import API
import Artifacts

/// `tasks.list`.
struct TasksListHandler: MethodHandler {
    typealias M = TasksList
    let models: ModelLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        let access = rights.access(of: call)
        let tasks = try await compute.run { TaskPrompts(model: model, access: access).list() }
        return M.Result(model: model.name, tasks: tasks)
    }
}
