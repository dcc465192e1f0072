import Foundation

/// What a process wrote to one file and when it waited for the disk, as Tools/writelog.c has noted it, with acknowledgements between.
struct WriteLog {
    /// One thing that happened.
    enum Event {
        /// Bytes that were written, and whether the call came back only when the disk had them.
        case written(offset: Int, bytes: ArraySlice<UInt8>, through: Bool)
        /// The disk has all that was written.
        case synchronised
        /// The file was given a length.
        case truncated(Int)
        /// A record is stored, with its version; 0: deleted.
        case acknowledged(record: Int, version: Int)
    }

    let events: [Event]
    private static let headerBytes = 24
    private static let acknowledgement: UInt32 = 5

    /// Compiles the library that notes; nil where there is no C compiler.
    static func library(in directory: String) throws -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        guard
            let compiler = path.split(separator: ":").map({ "\($0)/cc" }).first(where: FileManager.default.isExecutableFile)
        else { return nil }
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Tools/writelog.c").path
        let library = directory + "/writelog.so"
        let process = try Process.run(
            URL(filePath: compiler), arguments: ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"])
        process.waitUntilExit()
        return process.terminationStatus == 0 ? library : nil
    }

    /// Reads a log.
    init(_ path: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        var events: [Event] = [], place = 0
        func number<Number: FixedWidthInteger>(_ offset: Int, _: Number.Type) -> Int {
            Int(bytes[offset..<offset + Number.bitWidth / 8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) })
        }
        while place + Self.headerBytes <= bytes.count {
            let kind = number(place, UInt32.self), offset = number(place + 8, UInt64.self)
            let length = number(place + 16, UInt64.self)
            place += Self.headerBytes
            switch kind {
            case 1, 2:
                events.append(.written(offset: offset, bytes: bytes[place..<place + length], through: kind == 2))
                place += length
            case 3: events.append(.synchronised)
            case 4: events.append(.truncated(offset))
            default: events.append(.acknowledged(record: offset, version: length))
            }
        }
        self.events = events
    }

    /// Notes in the log of this process that a record is stored.
    static func acknowledge(_ record: Int, version: Int, in log: Int32) {
        let header = [UInt64(acknowledgement), UInt64(record), UInt64(version)]
        precondition(unsafe write(log, header, headerBytes) == headerBytes)
    }
}
