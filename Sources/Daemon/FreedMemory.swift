// What large messages leave behind.
//
// A message of a million values becomes millions of small pieces of memory, and when they are freed, glibc's malloc keeps them: only
// the end of each of its arenas goes back to the system by itself (measured: 700 MiB stay resident after a message of 20 MB). So every
// few seconds, if the process has grown by much since it was last looked at, `malloc_trim` gives back every page that holds nothing.

private import CMalloc
import Foundation
import Logging
import ServiceLifecycle

/// Gives memory that is no longer used back to the system.
struct FreedMemory: ServiceLifecycle.Service {
    let log: Logger

    /// How often the process is looked at.
    static let interval = Duration.seconds(5)

    /// By how much it must have grown.
    ///
    /// Trimming walks through all free memory, some milliseconds for each hundred MiB.
    static let growthBytes = 64 << 20

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            var least = try Self.residentBytes()
            while (try? await Task.sleep(for: Self.interval)) != nil {
                let before = try Self.residentBytes()
                least = min(least, before)
                if before < least + Self.growthBytes { continue }
                _ = malloc_trim(0)
                // What is resident now is in use, and no reason to try again.
                least = try Self.residentBytes()
                log.debug("gave back \((before - least) >> 20) MiB of freed memory")
            }
        }
    }

    /// *Source:* proc(5), `statm`, whose second number counts resident pages.
    private static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(CInt(_SC_PAGESIZE)))
    }
}
