import Glibc
import LMDB
import Testing

@Suite struct ProcessTests {
    let directory = TemporaryDirectory()

    @Test func `The slot of a reader that was killed is cleared`() async throws {
        let environment = try Environment(directory: directory.path)
        _ = try environment.make("a")
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = directory.path as String] in
            let environment = try Environment(directory: path)
            try environment.read { _ in _ = kill(getpid(), SIGKILL) }
        }
        #expect(try environment.statistics().readers.count == 1)
        #expect(try environment.clearStaleReaders() == 1)
        #expect(try environment.statistics().readers.isEmpty)
    }

    @Test func `Dead readers' slots are cleared when none is left`() async throws {
        var options = Environment.Options()
        options.maxReaders = 1
        let environment = try Environment(directory: directory.path, options: options)
        let database = try environment.make("a")
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = directory.path as String] in
            let environment = try Environment(directory: path)
            try environment.read { _ in _ = kill(getpid(), SIGKILL) }
        }
        #expect(try environment.get("key", in: database) == nil)
    }

    @Test func `A disk that is full is told from other failures`() async {
        await #expect(processExitsWith: .success) {
            let directory = TemporaryDirectory()
            let environment = try Environment(directory: directory.path)
            let database = try environment.make("a")
            signal(SIGXFSZ, SIG_IGN)
            let fileSizes = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            var limit = rlimit()
            precondition(unsafe getrlimit(fileSizes, &limit) == 0)
            limit.rlim_cur = 1 << 20
            precondition(unsafe setrlimit(fileSizes, &limit) == 0)
            do {
                try environment.put(String(repeating: "v", count: 2 << 20), for: "large", in: database)
                preconditionFailure("2 MiB were written into 1 MiB")
            } catch let error as LMDBError {
                guard case .diskFull = error.code else { preconditionFailure("\(error)") }
            }
            try environment.put("value", for: "small", in: database)
            let small = try environment.get("small", in: database)
            precondition(small == "value")
        }
    }
}
