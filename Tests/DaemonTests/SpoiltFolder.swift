import Foundation
import Testing

/// A folder of a stranger's files, to be spoilt.
struct SpoiltFolder {
    let url: URL
    var path: String { url.path }

    /// The bytes of one file.
    func bytes(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }

    /// Writes one file.
    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws { try Data(bytes).write(to: url.appending(path: name)) }

    /// Writes one file of text.
    func write(_ name: String, _ text: String) throws { try write(name, text.utf8) }

    /// Replaces a part of one text file, which must be there.
    func replace(_ name: String, _ part: String, with other: String) throws {
        let text = String(decoding: try bytes(name), as: UTF8.self)
        try #require(text.contains(part), "\(name) does not hold \(part)")
        try write(name, text.replacing(part, with: other))
    }

    /// Makes a file so long; what is added is a hole that takes no room on the disk.
    func extend(_ name: String, to size: UInt64) throws {
        let file = try FileHandle(forWritingTo: url.appending(path: name))
        try file.truncate(atOffset: size)
        try file.close()
    }

    /// Writes a safetensors file from its parts.
    func writeTensors(_ name: String, header: String, data: Data = Data(), length: UInt64? = nil) throws {
        try write(name, Self.prefix(length ?? UInt64(header.utf8.count)) + Data(header.utf8) + data)
    }

    /// Eight bytes, the lowest first.
    static func prefix(_ length: UInt64) -> Data { Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }) }

    /// The header and the data of a safetensors file.
    func tensors(_ name: String) throws -> (header: String, data: Data) {
        let bytes = try bytes(name)
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        return (String(decoding: bytes[8..<8 + length], as: UTF8.self), bytes[(8 + length)...])
    }

    /// Changes the header of a safetensors file.
    func changeHeader(_ name: String, _ change: (String) -> String) throws {
        let (header, data) = try tensors(name)
        let changed = change(header)
        try #require(changed != header, "the header of \(name) is as it was")
        try writeTensors(name, header: changed, data: data)
    }

    /// Changes one element of a tensor of 2-byte elements.
    func setElement(_ name: String, tensor: String, _ index: Int, bits: UInt16) throws {
        let (header, data) = try tensors(name)
        let pattern = try Regex("\"\(tensor)\":\\{[^}]*\"data_offsets\":\\[(\\d+),", as: (Substring, Substring).self)
        let offset = try #require(header.firstMatch(of: pattern).flatMap { Int($0.1) }, "there is no \(tensor)")
        var changed = Data(data)
        changed[offset + 2 * index] = UInt8(bits & 0xFF)
        changed[offset + 2 * index + 1] = UInt8(bits >> 8)
        try writeTensors(name, header: header, data: changed)
    }
}

extension LiveDaemon {
    /// A copy of a folder under the daemon's home.
    func copy(_ folder: URL, _ name: String) throws -> SpoiltFolder {
        let copy = home.appending(path: name)
        try FileManager.default.copyItem(at: folder, to: copy)
        return SpoiltFolder(url: copy)
    }

    /// Resident memory in bytes.
    func residentBytes() throws -> Int {
        let statm = try String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)
        return try #require(statm.split(separator: " ").dropFirst().first.flatMap { Int($0) }) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
