import ArgumentParser
import Daemon

@main enum Main {
    static func main() async { await DaemonCommand.main() }
}
