import Synchronization

/// The replies to a batch, gathered in whatever order they come and sent in the order of the requests.
final class BatchReply: Sendable {
    private struct State {
        var replies: [[UInt8]?]
        var missing: Int
    }

    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(replies: Array(repeating: nil, count: count), missing: count)) }

    /// Notes that an entry is done, with its reply unless it is a notification.
    ///
    /// - Returns: the whole array, once all entries are done; it is empty if none of them has a reply.
    func fill(_ index: Int, _ reply: [UInt8]?) -> [UInt8]? {
        state.withLock { state in
            state.replies[index] = reply
            state.missing -= 1
            guard state.missing == 0 else { return nil }
            let replies = state.replies.compactMap(\.self)
            state.replies = []
            return replies.isEmpty
                ? [] : [UInt8(ascii: "[")] + replies.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
        }
    }
}
