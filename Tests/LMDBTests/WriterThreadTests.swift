import Glibc
import LMDB
import Synchronization
import Testing

@Suite struct WriterThreadTests {
    @Test func `Calls run one after the other on one thread of their own`() async throws {
        let thread = try WriterThread(name: "test-writer")
        let total = Mutex(0)
        let identities = try await withThrowingTaskGroup(of: UInt.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await thread.run {
                        total.withLock { $0 += 1 }
                        return UInt(pthread_self())
                    }
                }
            }
            return try await group.reduce(into: Set<UInt>()) { $0.insert($1) }
        }
        #expect(total.withLock { $0 } == 100)
        #expect(identities.count == 1)
        #expect(!identities.contains(UInt(pthread_self())))
    }

    @Test func `What a call throws reaches its caller`() async throws {
        struct Stop: Error {}
        let thread = try WriterThread(name: "test-writer")
        await #expect(throws: Stop.self) { try await thread.run { throw Stop() } }
        #expect(try await thread.run { 7 } == 7)
    }
}
