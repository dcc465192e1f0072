import API
import Client
import JSON
import JSONRPC
import Presentation
import Testing

@Suite struct ShellStatusTests {
    @Test func `the statuses are those that are promised`() {
        #expect(ShellStatus(.service(RPCError(code: 1204, message: "no map"))) == .refused)
        #expect(ShellStatus(.cannotConnect(path: "/x", code: 2)) == .unreachable)
        #expect(ShellStatus(.disconnected(method: "x", path: "/x")) == .unreachable)
        #expect(ShellStatus(.foreign(path: "/x", uid: 7)) == .unreachable)
        #expect(ShellStatus(.malformedReply("x")) == .unreachable)
        let numbers: [ShellStatus: Int32] = [.success: 0, .refused: 1, .unreachable: 2, .usage: 64, .interrupted: 130]
        for (status, number) in numbers { #expect(status.rawValue == number) }
    }

    @Test func `a missing record says how to see or make one`() throws {
        let kinds: [ErrorKind] = [.modelNotFound, .dictionaryNotFound, .mapNotFound, .jobNotFound]
        for kind in kinds {
            let error = ClientError.service(RPCError(code: kind.code, message: "no", data: ["kind": .string(kind.rawValue)]))
            #expect(try #require(error.hint).contains("qklens "), "\(kind)")
        }
        #expect(ClientError.disconnected(method: "x", path: "/x").hint == nil)
    }

    @Test func `a daemon that is not there is answered with how to start it`() {
        for (path, words) in [
            ("/x", "'qklensd --socket /x &'"), ("/run/qklens/rpc.sock", "'sudo systemctl enable --now qklensd.socket'"),
            ("/run/user/7/qklens/rpc.sock", "'systemctl --user start qklensd.socket'"), ("/tmp/qklens-7/rpc.sock", "'qklensd &'"),
        ] { #expect(ClientError.cannotConnect(path: path, code: 2).description.contains(words)) }
        #expect(ClientError.cannotConnect(path: "/run/qklens/rpc.sock", code: 13).description.contains("adduser"))
        #expect(ClientError.disconnected(method: "x", path: "/run/qklens/rpc.sock").description.contains("sudo journalctl -u"))
        #expect(ClientError.disconnected(method: "x", path: "/run/user/7/qklens/rpc.sock").description.contains("--user -u"))
    }
}
