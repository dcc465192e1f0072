import Glibc
import Store
import Synchronization
import Testing

@Suite struct ProcessTests {
    let directory = TemporaryDirectory()

    @Test func `Two processes write to one store at once and see each other`() async throws {
        let store = try Store(directory: directory.path)
        let rounds = 30
        async let mine = (0..<rounds).asyncMap { _ in try await store.write { try $0.nextNumber(.jobs) } }
        await #expect(processExitsWith: .success) { [path = directory.path as String] in
            let store = try Store(directory: path)
            for _ in 0..<30 {
                try await store.write { writer in
                    let number = try writer.nextNumber(.jobs)
                    try writer.put([], .jobs, id: "j\(number)")
                }
            }
        }
        let numbers = try await mine
        let theirs = try store.read { try $0.documents(.jobs).map(\.id) }
        let all = numbers.map { "j\($0)" } + theirs
        #expect(Set(all) == Set((1...(2 * rounds)).map { "j\($0)" }), "each number was given out once")
        #expect(all.count == 2 * rounds)
    }

    @Test func `A worker killed at any moment loses no acknowledged write, and the daemon's store goes on`() async throws {
        let store = try Store(directory: directory.path)
        for _ in 0..<5 {
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = directory.path as String] in
                try await Writer(path).writeUntilKilled()
            }
            let acknowledged = try self.acknowledged()
            try store.read { (reader: StoreReader) throws in
                for number in acknowledged {
                    #expect(try reader.document(.jobs, id: "j\(number)") == Writer.content(number), "j\(number)")
                }
            }
            let report = try store.verify()
            #expect(report.findings.isEmpty)
            try await store.write { try $0.put([1], .names, id: "daemon") }
        }
        #expect(try acknowledged().count >= 5 * 10)
    }

    /// The numbers that the killed processes reported as written: u32 each.
    private func acknowledged() throws -> [Int] {
        let descriptor = unsafe open(directory.path + "/acknowledged", O_RDONLY)
        defer { close(descriptor) }
        var content = [UInt32](repeating: 0, count: 1 << 16)
        let length = unsafe read(descriptor, &content, content.count * 4)
        return content[..<(length / 4)].map(Int.init)
    }
}

/// The process that is killed: it writes numbered documents and reports each when the store has it.
struct Writer {
    private let path: String

    init(_ path: String) { self.path = path }

    /// 1 to 20 kB that say which document they belong to.
    static func content(_ number: Int) -> [UInt8] {
        (0..<(1000 + number * 7919 % 19_000)).map { UInt8(truncatingIfNeeded: $0 &* (number + 1)) }
    }

    /// Writes until another thread kills the process, somewhere in a transaction after the tenth.
    func writeUntilKilled() async throws {
        let store = try Store(directory: path)
        let reports = unsafe open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let start = try await store.write { try $0.nextNumber(.jobs) }
        let target = start + 10
        let progress = Progress()
        Task.detached {
            var generator = SplitMix(state: UInt64(start))
            let spins = Int.random(in: 0..<2_000_000, using: &generator)
            while progress.written.load(ordering: .acquiring) < target {}
            for _ in 0..<spins { _ = progress.written.load(ordering: .relaxed) }
            kill(getpid(), SIGKILL)
        }
        while true {
            let number = try await store.write { writer in
                let number = try writer.nextNumber(.jobs)
                try writer.put(Writer.content(number), .jobs, id: "j\(number)")
                return number
            }
            let report = [UInt32(number)]
            precondition(unsafe write(reports, report, 4) == 4)
            progress.written.store(number, ordering: .releasing)
        }
    }

    private final class Progress: Sendable {
        let written = Atomic(0)
    }
}

extension Sequence where Self: Sendable {
    /// The results of an asynchronous function of each element, one after the other.
    func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var results: [T] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
