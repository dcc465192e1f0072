import API
import ArgumentParser
import Daemon
import Foundation

/// Writes the manual: what the programs say of themselves, as pages for man(1).
@main struct Manual: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qklens-manual",
        abstract: "Writes a page of the manual, or the configuration file's template, to standard output.")

    /// The pages.
    enum Page: String, CaseIterable, ExpressibleByArgument {
        case command = "qklens.1"
        case daemon = "qklensd.8"
        case settings = "qklensd.conf.5"
        case settingsFile = "qklensd.conf"
        case protocolPage = "qklensd-rpc.7"
    }

    @Argument(help: "The page; qklens.1 is made from what 'qklens --experimental-dump-help' writes, on standard input.") var page:
        Page
    @Option(help: "The page's date, as in 'November 21, 2026'.") var date = ""
    @Option(help: "A file of mdoc with what only people can write: a page's last sections, the protocol's first.") var text:
        String?

    func run() throws {
        let written = try text.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? ""
        switch page {
        case .command:
            let dump = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
            print(ManualPage(try CommandDescription(dump: dump), section: 1, closing: written, date: date).text, terminator: "")
        case .daemon:
            let daemon = try CommandDescription(dump: DaemonCommand._dumpHelp())
            print(ManualPage(daemon, section: 8, closing: written, date: date).text, terminator: "")
        case .settings: print(ManualPage(settings: Setting.allCases, date: date).text + written, terminator: "")
        case .settingsFile: print(Setting.exampleFile, terminator: "")
        case .protocolPage:
            print(ManualPage(methods: allMethods, opening: written, date: date).text, terminator: "")
        }
    }
}
