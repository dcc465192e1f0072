import API
private import Glibc

/// `system.info`.
struct SystemInfoHandler: MethodHandler {
    typealias M = SystemInfo
    let facts: ServiceFacts
    let prompts: PromptCache

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        M.Result(
            version: facts.version, api_version: ServiceFacts.apiVersion, store_schema_version: facts.storeSchemaVersion,
            capabilities: ServiceFacts.capabilities, uptime_s: facts.uptime(), pid: Int(getpid()),
            prompt_cache: prompts.info, limits: facts.limits)
    }
}
