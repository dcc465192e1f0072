private import Synchronization
private import Tensors

/// The memory that the last pass worked in, kept for the next: fresh pages of some 30 kB for each row of GPT-2 small would have to be
/// cleared by the kernel every time.
final class ScratchPool: Sendable {
    private let free = Mutex<[[Float]]>([])

    /// Passes that needed more elements than this leave nothing: 128 MiB.
    private static let limit = 1 << 25

    /// An array of `count` elements of any value.
    func take(_ count: Int) -> [Float] {
        let found = free.withLock { free in free.firstIndex { $0.count == count }.map { free.remove(at: $0) } }
        return found ?? [Float](scratch: count)
    }

    /// Leaves arrays that nobody else holds, in place of those that were here.
    func leave(_ arrays: [[Float]]) {
        let total = arrays.reduce(0) { $0 + $1.count }
        free.withLock { $0 = total <= Self.limit ? arrays : [] }
    }
}
