import API
import ArgumentParser
import Client
import Presentation

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The daemon's socket ($QKLENS_SOCKET, else the user's own, else the machine's).", valueName: "path"))
    var socket: String?

    @Flag(help: "Print the result as JSON: on one line, or indented on a terminal.")
    var json = false

    @Option(help: ArgumentHelp("The daemon gives up a call that takes longer, in seconds.", valueName: "seconds"))
    var deadline: Double?

    func validate() throws {
        let longest = Deadline.range.upperBound / 1000
        if let deadline, !(deadline >= 0.001 && deadline <= Double(longest)) {
            throw ValidationError("--deadline \(deadline) is out of range (0.001 to \(longest) seconds)")
        }
    }

    /// Connects to the daemon.
    func connect() throws -> Session {
        var environment: [String: String] = [:]
        for name in ["QKLENS_SOCKET", "XDG_RUNTIME_DIR"] { environment[name] = Terminal.variable(name) }
        if let socket { environment["QKLENS_SOCKET"] = socket }
        let client = try Client(
            connectingTo: SocketPath.existing(environment: environment, uid: Terminal.uid),
            believing: SocketPath.believed(environment: environment, uid: Terminal.uid))
        client.deadline = deadline.map { .seconds($0) }
        return Session(client: client, printsJSON: json)
    }

    /// Makes one call and prints what comes back.
    func run<M: Method>(_ method: M.Type, _ params: M.Params, _ text: (M.Result, Style) -> String) throws {
        try connect().show(method, params, text)
    }
}
