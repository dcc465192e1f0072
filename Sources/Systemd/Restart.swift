private import Glibc

/// Replaces this process by a new run of the same program with an additional environment variable.
///
/// Returns only if that failed. Used once at start: OpenBLAS reads its processor type when it is loaded, before `main`.
///
/// - Parameters:
///   - name: The variable.
///   - value: Its value.
///   - arguments: The new run's arguments, the program's name first.
public func restart(setting name: String, to value: String, arguments: [String]) {
    guard unsafe setenv(name, value, 1) == 0 else { return }
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
    _ = unsafe execv("/proc/self/exe", &pointers)
    unsafe pointers.forEach { unsafe free($0) }
}
