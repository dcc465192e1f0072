import API
import JSON
import Testing

@Suite struct APITests {
    @Test func `codes are unique, in their blocks, and outside the reserved range`() {
        let codes = ErrorKind.allCases.map(\.code)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { (1000..<1500).contains($0) })
        #expect(codes == codes.sorted())
        #expect(ErrorKind.featureOutOfRange.code == 1203)
        #expect(ErrorKind.allCases.allSatisfy { $0.summary.hasSuffix(".") })
    }

    @Test func `an error's facts follow its kind`() {
        let error = APIError(.layerOutOfRange, "layer 12 is out of range (n_layers = 12)", facts: ["layer": 12, "n_layers": 12])
        #expect(error.data == ["kind": "layer_out_of_range", "layer": 12, "n_layers": 12])
    }

    @Test func `the socket's path follows the environment`() {
        #expect(SocketPath.path(environment: ["QKLENS_SOCKET": "/a", "XDG_RUNTIME_DIR": "/run/user/1"], uid: 1) == "/a")
        #expect(
            SocketPath.path(environment: ["QKLENS_SOCKET": "", "XDG_RUNTIME_DIR": "/run/user/1"], uid: 1)
                == "/run/user/1/qklens/rpc.sock")
        #expect(SocketPath.path(environment: [:], uid: 7) == "/tmp/qklens-7/rpc.sock")
    }

    static let methods: [any API.Method.Type] = [RPCDiscover.self, SystemPing.self, SystemInfo.self]

    @Test func `each method's example is what its schemas allow`() {
        for method in Self.methods {
            #expect(method.params.validate(method.example.params) == [], "\(method.name)")
            if let result = method.example.result {
                #expect(method.result.validate(result, at: "result") == [], "\(method.name)")
            }
        }
    }

    @Test func `the description has the form that OpenRPC asks for`() throws {
        let document = OpenRPC.document(of: Self.methods, serviceVersion: "1.2.3")
        #expect(document.object?.keys == ["openrpc", "info", "methods", "components"])
        #expect(document["info"]?["version"] == "1.2.3")
        let methods = try #require(document["methods"]?.array)
        #expect(methods.compactMap { $0["name"]?.string } == ["rpc.discover", "system.ping", "system.info"])
        for method in methods {
            #expect(method["params"]?.array != nil && method["result"]?["schema"]?.object != nil)
            for example in method["examples"]?.array ?? [] {
                #expect(example["name"]?.string != nil && example["params"]?.array != nil)
            }
        }
        // It is JSON, and the same after a trip over the wire.
        #expect(try JSON(parsing: document.text()) == document)
    }
}
