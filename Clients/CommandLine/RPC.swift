import ArgumentParser
import Client
import JSON
import Presentation

/// Any call, as it is.
struct RPC: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Call any method; prints the result as JSON.",
        discussion: "Example: qklens rpc pairs.lookup '{\"map\": \"m1\", \"query_feature\": 17, \"key_feature\": 301}'")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The method, as in system.info; rpc.discover describes all of them.") var method: String
    @Argument(help: "The parameters, a JSON object.") var params: String = "{}"

    func validate() throws {
        do {
            guard try JSON(parsing: params).object != nil else {
                throw ValidationError("The parameters go by name, as in '{\"layer\": 0}'.")
            }
        } catch let error as JSONError {
            throw ValidationError("The parameters are not JSON: \(error.reason), at byte \(error.offset).")
        }
    }

    func run() throws {
        let parsed = try JSON(parsing: params)
        Session.show(try global.connect().client.call(method, parsed))
    }
}
