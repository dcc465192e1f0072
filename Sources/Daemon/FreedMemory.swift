// What large messages leave behind.
//
// A message of a million values becomes millions of small pieces of memory, and when they are freed, glibc's malloc keeps them: only
// the end of each of its arenas goes back to the system by itself (measured: 700 MiB stay resident after a message of 20 MB). So every
// few seconds, if much more memory is resident than malloc has handed out, `malloc_trim` gives back every page that holds nothing.

private import CMalloc
import Foundation
import Logging
import ServiceLifecycle

/// Gives memory that is no longer used back to the system.
struct FreedMemory: ServiceLifecycle.Service {
    let log: Logger

    /// How often the process is looked at.
    static let interval = Duration.seconds(5)

    /// How much must lie idle, beyond what a trim has left.
    ///
    /// Trimming walks through all free memory, some milliseconds for each hundred MiB.
    static let idleBytes = 64 << 20

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            var least = try Self.unclaimedBytes()
            while (try? await Task.sleep(for: Self.interval)) != nil {
                let before = try Self.unclaimedBytes()
                least = min(least, before)
                if before < least + Self.idleBytes { continue }
                _ = malloc_trim(0)
                least = try Self.unclaimedBytes()
                log.debug("gave back \((before - least) >> 20) MiB of freed memory")
            }
        }
    }

    /// Memory of this process's own that is resident and that malloc has not handed out.
    ///
    /// *Source:* proc(5), `statm`, whose second and third numbers count resident pages and those among them that belong to files;
    /// mallinfo(3).
    private static func unclaimedBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").map { Int($0) ?? 0 }
        let own = fields.count > 2 ? (fields[1] - fields[2]) * Int(sysconf(CInt(_SC_PAGESIZE))) : 0
        let handedOut = mallinfo2()
        return own - Int(handedOut.uordblks) - Int(handedOut.hblkhd)
    }
}
