import Synchronization

/// What one client has subscribed to: one task per topic, all of which end with the connection.
final class Subscriptions: Sendable {
    private struct State {
        var tasks: [String: (number: Int, task: Task<Void, Never>)] = [:]
        var next = 0
        var isEnded = false
    }

    private let state = Mutex(State())

    /// Runs the body, unless the client has that subscription already or is gone.
    func begin(_ topic: String, _ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            guard !state.isEnded, state.tasks[topic] == nil else { return }
            state.next += 1
            let number = state.next
            let task = Task {
                await body()
                forget(topic, number)
            }
            state.tasks[topic] = (number, task)
        }
    }

    /// Ends a subscription; false if there is none.
    func end(_ topic: String) -> Bool {
        let task = state.withLock { $0.tasks.removeValue(forKey: topic)?.task }
        task?.cancel()
        return task != nil
    }

    /// Ends all, and lets none begin.
    func endAll() {
        let tasks = state.withLock { state in
            defer { state.tasks = [:] }
            state.isEnded = true
            return state.tasks.values.map(\.task)
        }
        for task in tasks { task.cancel() }
    }

    private func forget(_ topic: String, _ number: Int) {
        state.withLock { if $0.tasks[topic]?.number == number { $0.tasks[topic] = nil } }
    }
}
