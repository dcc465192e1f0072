import API
import Client
import JSON
import Presentation

/// A connection, and how what comes back is printed.
struct Session {
    let client: Client
    let printsJSON: Bool

    /// Calls a method.
    func call<M: Method>(_ method: M.Type, _ params: M.Params) throws -> M.Result { try client.call(method, params) }

    /// Calls a method and prints what comes back.
    ///
    /// As JSON, the reply is printed as it arrived: members that this client does not know yet are there too.
    func show<M: Method>(_ method: M.Type, _ params: M.Params, _ text: (M.Result, Style) -> String) throws {
        guard printsJSON else { return Terminal.write(text(try call(method, params), .ofOutput)) }
        Session.show(try client.call(M.name, try JSON(encoding: params)))
    }

    /// Prints a value: as JSON, or as text.
    func show(_ value: some Encodable, _ text: (Style) -> String) throws {
        if printsJSON { Session.show(try JSON(encoding: value)) } else { Terminal.write(text(.ofOutput)) }
    }

    /// Prints JSON: for a program on one line, for a person on several.
    static func show(_ json: JSON) { Terminal.write((Terminal.hasOutput ? json.prettyText() : json.text()) + "\n") }
}
