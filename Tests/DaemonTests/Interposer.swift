import Foundation

/// A library of Tests/StoreTests/Tools that is loaded into a daemon before the system's own.
enum Interposer {
    /// Compiles it.
    ///
    /// - Parameters:
    ///   - name: Its file's name, without the ending.
    ///   - folder: Where the library is written.
    /// - Returns: The library's path; nil on a machine without a C compiler.
    static func compile(_ name: String, into folder: URL) throws -> String? {
        guard let compiler = LiveDaemon.path(of: "cc") else {
            print("left out: there is no C compiler named cc")
            return nil
        }
        let source = LiveDaemon.root.appending(path: "Tests/StoreTests/Tools/\(name).c").path
        let library = folder.appending(path: "\(name).so").path
        let compilation = try Process.run(
            URL(filePath: compiler), arguments: ["-shared", "-fPIC", "-o", library, source, "-ldl"])
        compilation.waitUntilExit()
        guard compilation.terminationStatus == 0 else { throw Failure(source: source) }
        return library
    }

    struct Failure: Error {
        let source: String
    }
}
