import API
import ArgumentParser
import Client
import Glibc
import JSON
import Presentation

/// `qklens NOUN VERB`: the thin client of qklensd.
struct QKLens: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qklens",
        abstract: "Why an attention head looked where it looked.",
        discussion: """
            Talks to qklensd over its Unix socket. Results go to standard output, everything else to standard error.

            Exit status: 0 ok, 1 the daemon answered with an error, 2 the daemon could not be talked to, 64 usage, 130 interrupted.
            """,
        version: Version.current,
        subcommands: [Explain.self, Trace.self, Report.self, Train.self, SelfTest.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Nouns",
                subcommands: [
                    Models.self, Tokens.self, Activations.self, Attention.self, Dictionaries.self, Maps.self, Pairs.self,
                    Features.self, Examples.self, Signals.self, Traces.self, Studies.self, Heads.self, SAEs.self, Tasks.self,
                    Interventions.self,
                    Caches.self, Jobs.self, Store.self, System.self,
                ]),
            CommandGroup(name: "Raw calls", subcommands: [RPC.self]),
        ])
}

/// Why a command ends otherwise than well, for reasons of its own.
struct CommandFailure: Error {
    let message: String
    let status: ShellStatus
}

@main enum Main {
    static func main() {
        do {
            var command = try QKLens.parseAsRoot()
            try command.run()
        } catch let error as ClientError {
            Terminal.writeError("qklens: \("\(error)".printable)\n" + (error.hint.map { "        \($0)\n" } ?? ""))
            exit(ShellStatus(error).rawValue)
        } catch let failure as CommandFailure {
            Terminal.writeError("qklens: \(failure.message.printable)\n")
            exit(failure.status.rawValue)
        } catch {
            QKLens.exit(withError: error)
        }
    }
}
