import API
import Jobs
import Logging
import Methods
import RPCServer
import ServiceLifecycle
import Systemd
import Tensors
import UnixSignals

/// What the service manager hears while the service runs: that it lives, what it does, that it reads its configuration again, that it ends.
struct Supervision: ServiceLifecycle.Service {
    let notifier: Notifier
    let watchdog: Watchdog?
    /// SIGHUP; trapped before the service says that it is ready.
    let reloads: UnixSignalsSequence
    /// Reads the configuration again, and takes over what can change while the service runs.
    let reload: @Sendable () -> Void
    let server: RPCServer
    let jobs: JobQueue
    let compute: Compute
    /// Where the service answers, as in `/run/user/1000/qklens/rpc.sock`.
    let place: String
    let log: Logger

    func run() async throws {
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdown {
                await withDiscardingTaskGroup { group in
                    group.addTask { await watch() }
                    group.addTask { await StatusLine(notifier, text: status).run() }
                    group.addTask { await heed() }
                }
            }
        } onGracefulShutdown: {
            notifier.stopping()
        }
    }

    private func watch() async {
        guard let watchdog else { return }
        await watchdog.run(
            [
                Watchdog.Part("the event loops") { await RPCServer.turn() },
                Watchdog.Part("the computing thread", steps: { Steps.count }) { try? await compute.run {} },
            ],
            standsStill: { parts in
                log.warning("no sign of life from \(parts.joined(separator: " and ")); systemd restarts a service without one")
            }, ping: notifier.ping)
    }

    private func heed() async {
        for await _ in reloads { await notifier.reloading { reload() } }
    }

    /// One line for people.
    private func status() async -> String {
        let clients = server.clientCount
        let running = (try? await jobs.atWork()) ?? []
        let work = running.map { job in
            let done = job.progress.map { " \($0.stage) \($0.step * 100 / max($0.of, 1)) %" } ?? ""
            return "; job \(job.job) \(job.kind.rawValue)\(done)"
        }
        return "answering on \(place); \(clients) \(clients == 1 ? "client" : "clients")\(work.joined())"
    }
}
