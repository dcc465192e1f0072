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
        #expect(ShellStatus(.disconnected(method: "x")) == .unreachable)
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
        #expect(ClientError.disconnected(method: "x").hint == nil)
    }

    @Test func `a daemon that is not there is answered with how to start it`() {
        #expect(ClientError.cannotConnect(path: "/x", code: 2).description.contains("start it with"))
    }
}
