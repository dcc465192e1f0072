import Glibc
import LMDB
import Synchronization
import Testing

@Suite struct WriterThreadTests {
    /// What the calls saw; guarded by the mutex.
    private final class Log: Sendable {
        let threads = Mutex<[UInt]>([])
    }

    @Test func `Calls run one after the other on one thread of their own`() async throws {
        let thread = try WriterThread(name: "test-writer")
        let log = Log()
        let places = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await thread.run {
                        log.threads.withLock { threads in
                            threads.append(UInt(pthread_self()))
                            return threads.count
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(places.sorted() == Array(1...100))
        let threads = Set(log.threads.withLock { $0 })
        #expect(threads.count == 1)
        #expect(!threads.contains(UInt(pthread_self())))
    }

    @Test func `What a call throws reaches its caller`() async throws {
        struct Stop: Error {}
        let thread = try WriterThread(name: "test-writer")
        await #expect(throws: Stop.self) { try await thread.run { throw Stop() } }
        #expect(try await thread.run { 7 } == 7)
    }
}
