import API
import Client
import Glibc
import JSON
import JSONRPC
import NIOCore
import NIOPosix
import RPCServer
import Testing

private func freshPath() -> String { "/tmp/qklens-test-\(getpid())-\(UInt32.random(in: .min ... .max)).sock" }

/// A bound socket, as a service manager or a killed server leaves it.
private func bound(_ path: String, listening: Bool) throws -> CInt {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let result = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    guard result == 0, !listening || listen(descriptor, 16) == 0 else { throw SocketTrouble(call: "bind", code: errno) }
    return descriptor
}

@Suite(.timeLimit(.minutes(1))) struct ListenTests {
    /// Serves one client on a server that is listening already.
    private func checkServes(_ server: RPCServer, at path: String) async throws {
        async let running: Void = server.run()
        let client = try RawClient(path)
        try await client.send(request("subtract", "[3,1]", id: 1))
        #expect(try await client.reply()?["result"] == 2)
        server.shutDown(within: .zero)
        try await running
    }

    @Test func `a socket file that a killed server has left is replaced`() async throws {
        let path = freshPath()
        close(try bound(path, listening: true))
        let server = try await RPCServer.listen(at: .path(path, mode: 0o600), router: testRouter(), logger: silent)
        try await checkServes(server, at: path)
    }

    @Test func `a live socket is never taken away`() async throws {
        let path = freshPath()
        let first = try await RPCServer.listen(at: .path(path, mode: 0o600), router: testRouter(), logger: silent)
        await #expect(throws: SocketError.inUse(path: path)) {
            _ = try await RPCServer.listen(at: .path(path, mode: 0o600), router: testRouter(), logger: silent)
        }
        try await checkServes(first, at: path)
    }

    @Test func `a file that is no socket is left alone`() async throws {
        let path = freshPath()
        let file = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
        close(file)
        defer { unsafe unlink(path) }
        await #expect(throws: SocketError.bind(path: path, code: ENOTSOCK)) {
            _ = try await RPCServer.listen(at: .path(path, mode: 0o600), router: testRouter(), logger: silent)
        }
        #expect(unsafe access(path, F_OK) == 0)
    }

    @Test func `the socket has the permissions that were asked for`() async throws {
        let path = freshPath()
        let server = try await RPCServer.listen(at: .path(path, mode: 0o640), router: testRouter(), logger: silent)
        var info = stat()
        #expect(unsafe stat(path, &info) == 0)
        #expect(info.st_mode & 0o777 == 0o640)
        try await checkServes(server, at: path)
    }

    @Test func `a socket from the service manager is adopted, listening or not`() async throws {
        for listening in [true, false] {
            let path = freshPath()
            let descriptor = try bound(path, listening: listening)
            let server = try await RPCServer.listen(at: .descriptor(descriptor), router: testRouter(), logger: silent)
            try await checkServes(server, at: path)
            // The file is the service manager's and stays.
            #expect(unsafe unlink(path) == 0)
        }
    }

    @Test func `clients of a service that cannot start are told why, each once, and the socket stays`() async throws {
        let path = freshPath(), descriptor = try bound(path, listening: true)
        defer {
            close(descriptor)
            unsafe unlink(path)
        }
        for _ in 0..<2 {
            let clients = try (0..<3).map { _ in try Client(connectingTo: path) }
            RPCServer.refuse(waitingAt: descriptor, APIError(.cannotStart, "jobs is 'many'"))
            for client in clients {
                let refusal = #expect(throws: ClientError.self) { try client.call("subtract") }
                guard case .service(let error) = refusal else {
                    throw SocketTrouble(call: "\(String(describing: refusal))", code: 0)
                }
                #expect(error.message == "jobs is 'many'" && error.data?["kind"] == "cannot_start")
            }
        }
    }

    @Test func `a cancelled server ends as if it were shut down`() async throws {
        let path = freshPath()
        let server = try await RPCServer.listen(at: .path(path, mode: 0o600), router: testRouter(), logger: silent)
        let running = Task { try await server.run() }
        let client = try RawClient(path)
        try await client.send(request("hold", id: 1))
        running.cancel()
        _ = await running.result
        while try await client.line() != nil {}
        #expect(server.clientCount == 0)
    }

    @Test func `clients that nobody came to serve are let go`() async throws {
        let path = freshPath()
        var server: RPCServer? = try await RPCServer.listen(at: .path(path, mode: 0o600), router: testRouter(), logger: silent)
        let client = try RawClient(path)
        server?.shutDown(within: .zero)
        server = nil
        #expect(try await client.line() == nil)
    }

    @Test func `without descriptors, a client is turned away rather than left waiting, and the next one is served`() async {
        // In a process of its own, whose limit is nobody else's.
        await #expect(processExitsWith: .success) {
            try await withServer { path, _ in
                let served = try RawClient(path)
                try await served.send(request("subtract", "[1,1]", id: 1))
                #expect(try await served.reply()?["result"] == 0)
                let late = RawClient()
                // All descriptors below the next free one are in use: from now on there is none.
                let free = unsafe open("/dev/null", O_RDONLY)
                close(free)
                var limit = rlimit()
                #expect(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                let usual = limit.rlim_cur
                limit.rlim_cur = rlim_t(free)
                #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                try late.connect(to: path)
                #expect(try await late.line() == nil)
                try await served.send(request("subtract", "[2,1]", id: 2))
                #expect(try await served.reply()?["result"] == 1)
                limit.rlim_cur = usual
                #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                let next = try RawClient(path)
                try await next.send(request("subtract", "[3,1]", id: 3))
                #expect(try await next.reply()?["result"] == 2)
            }
        }
    }
}
