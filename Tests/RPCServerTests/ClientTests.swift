import API
import Client
import Glibc
import JSON
import JSONRPC
import NIOCore
import RPCServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClientTests {
    @Test func `a call returns its result, typed or not`() async throws {
        try await withServer { path, _ in
            try await blocking {
                let client = try Client(connectingTo: path)
                #expect(try client.call("subtract", ["minuend": 42, "subtrahend": 23]) == 19)
                #expect(try client.call(Subtract.self, .init(minuend: 1, subtrahend: 2)) == -1)
                #expect(try client.call(RPCDiscover.self, NoParams())["openrpc"] == "1.3.2")
            }
        }
    }

    @Test func `the service's error arrives whole, and the connection goes on`() async throws {
        try await withServer { path, _ in
            try await blocking {
                let client = try Client(connectingTo: path)
                let error = #expect(throws: ClientError.self) { try client.call("fail") }
                guard case .service(let rpc) = error else { throw Mishap() }
                #expect(rpc.code == 1203 && rpc.kind == "feature_out_of_range" && rpc.data?["feature"] == 7)
                #expect(try client.call("subtract", ["minuend": 1, "subtrahend": 1]) == 0)
            }
        }
    }

    @Test func `notifications are delivered while a call waits`() async throws {
        try await withServer { path, _ in
            try await blocking {
                let client = try Client(connectingTo: path)
                var steps: [JSON] = []
                _ = try client.call("count") { method, params in
                    #expect(method == "count.step")
                    steps.append(params)
                }
                #expect(steps == [["step": 1], ["step": 2], ["step": 3]])
            }
        }
    }

    @Test func `a call that takes too long times out, and its late reply is skipped`() async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, _ in
            try await blocking {
                let client = try Client(connectingTo: path)
                let limit = Duration.milliseconds(20)
                #expect(throws: ClientError.timedOut(method: "hold", after: limit)) { try client.call("hold", timeout: limit) }
                gate.open()
                #expect(try client.call("subtract", ["minuend": 5, "subtrahend": 1]) == 4)
            }
        }
    }

    @Test func `a client's deadline goes along with each call`() async throws {
        try await withServer(testRouter(gate: Gate())) { path, _ in
            try await blocking {
                let client = try Client(connectingTo: path)
                client.deadline = .milliseconds(20)
                let error = #expect(throws: ClientError.self) { try client.call("hold", ["a": 1]) }
                guard case .service(let rpc) = error else { throw Mishap() }
                #expect(rpc.kind == "deadline_exceeded" && rpc.data?["deadline_ms"] == 20)
                // The caller's own word is the last.
                let own = #expect(throws: ClientError.self) { try client.call("hold", ["deadline_ms": 1]) }
                guard case .service(let rpc) = own else { throw Mishap() }
                #expect(rpc.data?["deadline_ms"] == 1)
            }
        }
    }

    @Test func `a service that goes away in the middle is reported`() async throws {
        let gate = Gate()
        try await withServer(testRouter(gate: gate)) { path, server in
            async let outcome: ClientError? = blocking {
                let client = try Client(connectingTo: path)
                return #expect(throws: ClientError.self) { try client.call("hold") }
            }
            await gate.until { waiting, _ in waiting == 1 }
            server.shutDown(within: .zero)
            let error = try await outcome
            #expect(error == .disconnected(method: "hold", path: path))
        }
    }

    @Test func `a large call goes both ways`() async throws {
        try await withServer { path, _ in
            try await blocking {
                let client = try Client(connectingTo: path)
                let text = String(repeating: "é", count: 1_000_000)
                #expect(try client.call("get_data", ["a": .string(text)]) == ["hello", 5])
                #expect(try client.call("big", ["a": 3_000_000]).string?.utf8.count == 3_000_000)
            }
        }
    }

    @Test func `nobody there: the error says how to start the service`() throws {
        let missing = #expect(throws: ClientError.self) { try Client(connectingTo: "/tmp/qklens-nobody/rpc.sock") }
        #expect(missing == .cannotConnect(path: "/tmp/qklens-nobody/rpc.sock", code: ENOENT))
        #expect(missing?.description.contains("start it with 'qklensd &'") == true)
    }

    @Test func `a listener that is not believed is told nothing`() async throws {
        try await withServer { path, server in
            try await blocking {
                let own = getuid()
                let believed = try Client(connectingTo: path, believing: [own])
                let answer = try believed.call("subtract", ["minuend": 5, "subtrahend": 1])
                #expect(answer == 4)
                let refusal = #expect(throws: ClientError.self) { try Client(connectingTo: path, believing: [own + 1]) }
                #expect(refusal == .foreign(path: path, uid: own))
            }
        }
    }

    @Test func `only a socket that nobody has named has to be its user's own or root's`() {
        #expect(SocketPath.believed(environment: ["QKLENS_SOCKET": "/x"], uid: 7) == nil)
        #expect(
            SocketPath.believed(environment: ["XDG_RUNTIME_DIR": "/tmp/qklens-nobody"], uid: 7)?.isSuperset(of: [7, 0]) == true)
        #expect(SocketPath.believed(environment: ["XDG_RUNTIME_DIR": "/tmp/qklens-nobody"], uid: 7)?.contains(8) == false)
    }

    @Test func `at the machine's socket it is whoever root lets listen there`() throws {
        let nowhere = ["XDG_RUNTIME_DIR": "/tmp/qklens-nobody"]
        // Any file of a directory that only root writes; and one of a directory that everybody does.
        #expect(SocketPath.believed(environment: nowhere, uid: 7, machine: "/etc/passwd") == nil)
        let open = "/tmp/qklens-test-\(getpid())-machine"
        let descriptor = unsafe creat(open, 0o600)
        defer { unsafe unlink(open) }
        try #require(descriptor >= 0)
        close(descriptor)
        #expect(SocketPath.believed(environment: nowhere, uid: 7, machine: open) == [7, 0])
    }

    @Test func `paths longer than an address work at both ends`() async throws {
        let folder = "/tmp/qklens-test-\(getpid())-" + String(repeating: "long", count: 40)
        #expect(unsafe mkdir(folder, 0o700) == 0)
        defer { unsafe rmdir(folder) }
        let path = folder + "/rpc.sock"
        let server = try await RPCServer.listen(at: .path(path, mode: 0o600), router: testRouter(), logger: silent)
        async let running: Void = server.run()
        try await blocking {
            let client = try Client(connectingTo: path)
            #expect(try client.call("subtract", ["minuend": 5, "subtrahend": 1]) == 4)
        }
        await #expect(throws: SocketError.inUse(path: path)) {
            _ = try await RPCServer.listen(at: .path(path, mode: 0o600), router: testRouter(), logger: silent)
        }
        server.shutDown(within: .zero)
        try await running
        #expect(unsafe access(path, F_OK) != 0)
    }
}
