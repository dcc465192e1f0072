// A ZIP file whose entries are stored as they are, as torch.save writes it:
//
// 1. The last 22 bytes are the end record, without a comment: how many entries, how long the directory is and where it begins. torch
//    writes the 64-bit form of the same record before it; where it is, both must say the same, so that no two readers see two directories.
// 2. The directory ends where these records begin. Each of its entries is stored, unencrypted, of equal stored and true size, and named
//    once by a plain relative path.
// 3. Each entry's own header, before its data, must repeat the directory's name and method. Entries lie one behind the other from the
//    file's first byte, do not overlap, and end before the directory.
// 4. An entry's bytes are checked against its CRC whenever they are read.
//
// *Source:* PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.4; `PyTorchStreamWriter` of torch 2.13.

import Tensors

/// An entry of a ZIP file.
struct StoredEntry: Hashable {
    /// Its path inside the file.
    let name: String
    /// Where its bytes lie in the file.
    let range: Range<Int>
    /// The CRC-32 that the directory gives.
    let check: UInt32
}

/// The directory of a ZIP file of stored entries.
struct StoredArchive {
    /// The entries by their names.
    let entries: [String: StoredEntry]

    static let localSignature: UInt32 = 0x0403_4B50
    private static let directorySignature: UInt32 = 0x0201_4B50, endSignature: UInt32 = 0x0605_4B50
    private static let endSignature64: UInt32 = 0x0606_4B50, locatorSignature: UInt32 = 0x0706_4B50
    private static let localBytes = 30, directoryBytes = 46, endBytes = 22, endBytes64 = 56, locatorBytes = 20
    /// The largest directory that is read: a hundred thousand entries.
    private static let largestDirectory = 16 << 20
    /// Bit 3, sizes follow the data, and bit 11, the name is UTF-8; every other changes what the bytes mean.
    private static let acceptedFlags: UInt16 = 1 << 3 | 1 << 11

    /// Reads the directory and every entry's header.
    ///
    /// - Throws: ``TorchArchiveError/Reason``.
    init(_ file: borrowing ReadableFile) throws(TorchArchiveError.Reason) {
        let end = try Self.end(file)
        let directory = try file.whole(end.directory.count, at: end.directory.lowerBound)
        var found: [Listed] = [], place = 0
        for number in 0..<end.entries {
            guard let (entry, next) = try Self.listed(directory, place) else {
                throw .archive("its directory ends within entry \(number) of \(end.entries)")
            }
            found.append(entry)
            place = next
        }
        guard place == directory.count else {
            throw .archive("its directory has \(directory.count) bytes, and its \(end.entries) entries \(place)")
        }
        found.sort { $0.header < $1.header }
        var entries: [String: StoredEntry] = [:], covered = 0
        for listed in found {
            guard listed.header >= covered, covered > 0 || listed.header == 0 else {
                throw .archive(
                    covered == 0
                        ? "its first entry begins at \(listed.header), with other bytes before it"
                        : "entry '\(listed.name)' begins at \(listed.header), inside the entry before it, which ends at \(covered)"
                )
            }
            let entry = try Self.entry(listed, file, before: end.directory.lowerBound)
            covered = entry.range.upperBound
            guard entries.updateValue(entry, forKey: entry.name) == nil else {
                throw .archive("entry '\(entry.name)' is there twice")
            }
        }
        self.entries = entries
    }

    /// An entry as the directory lists it.
    private struct Listed {
        let name: String, flags: UInt16, size: Int, check: UInt32, header: Int
    }

    /// How many entries there are, and where the directory lies.
    private static func end(_ file: borrowing ReadableFile) throws(TorchArchiveError.Reason) -> (
        entries: Int, directory: Range<Int>
    ) {
        guard file.size >= endBytes else { throw .archive("it has \(file.size) bytes, fewer than the end of an archive") }
        let start = file.size - endBytes, record = try file.whole(endBytes, at: start)
        guard UInt32(littleEndian: record, at: 0) == endSignature, UInt16(littleEndian: record, at: 20) == 0 else {
            throw .archive("it does not end with the end record of an archive: it was cut, or something was put behind it")
        }
        let disks = [4, 6].map { UInt16(littleEndian: record, at: $0) }
        let counts = [8, 10].map { Int(UInt16(littleEndian: record, at: $0)) }
        let size = Int(UInt32(littleEndian: record, at: 12)), offset = Int(UInt32(littleEndian: record, at: 16))
        guard offset < UInt32.max, counts[0] < UInt16.max else {
            throw .archive("it is larger than 4 GiB, or has more than 65534 entries, which is not read")
        }
        guard disks == [0, 0], counts[0] == counts[1] else { throw .archive("it is one of several volumes") }
        guard size <= largestDirectory else {
            throw .archive("its directory has \(size) bytes, more than the \(largestDirectory) that are read")
        }
        switch start - offset - size {
        case 0: break
        case endBytes64 + locatorBytes: try checkWide(file, at: offset + size, entries: counts[0], offset: offset, size: size)
        default:
            throw .archive("its directory of \(size) bytes at \(offset) does not end where its end record begins, at \(start)")
        }
        return (counts[0], offset..<offset + size)
    }

    /// The 64-bit form of the end record must say the same.
    private static func checkWide(
        _ file: borrowing ReadableFile, at place: Int, entries: Int, offset: Int, size: Int
    ) throws(TorchArchiveError.Reason) {
        let record = try file.whole(endBytes64 + locatorBytes, at: place)
        let numbers = [24, 32, 40, 48, endBytes64 + 8].map { UInt64(littleEndian: record, at: $0) }
        let signatures = [0, endBytes64].map { UInt32(littleEndian: record, at: $0) }
        guard signatures == [endSignature64, locatorSignature],
            numbers == [entries, entries, size, offset, place].map(UInt64.init)
        else { throw .archive("its two end records do not say the same") }
    }

    /// The entry listed at a place of the directory, and where the next one is; nil if the directory ends before.
    private static func listed(_ directory: [UInt8], _ place: Int) throws(TorchArchiveError.Reason) -> (Listed, next: Int)? {
        guard place + directoryBytes <= directory.count else { return nil }
        guard UInt32(littleEndian: directory, at: place) == directorySignature else {
            throw .archive("its directory has no entry at its byte \(place)")
        }
        let lengths = [28, 30, 32].map { Int(UInt16(littleEndian: directory, at: place + $0)) }
        let start = place + directoryBytes, next = start + lengths.reduce(0, +)
        guard next <= directory.count else { return nil }
        let name = try self.name(Array(directory[start..<start + lengths[0]]))
        let flags = UInt16(littleEndian: directory, at: place + 8), method = UInt16(littleEndian: directory, at: place + 10)
        let sizes = [20, 24].map { Int(UInt32(littleEndian: directory, at: place + $0)) }
        guard method == 0 else {
            throw .archive("entry '\(name)' is compressed (method \(method)); torch.save stores entries as they are")
        }
        guard flags & ~acceptedFlags == 0 else {
            throw .archive("entry '\(name)' has the flags \(flags): it is encrypted or patched")
        }
        guard sizes[0] == sizes[1] else {
            throw .archive("entry '\(name)' is stored in \(sizes[0]) bytes, but said to have \(sizes[1])")
        }
        let header = Int(UInt32(littleEndian: directory, at: place + 42)), check = UInt32(littleEndian: directory, at: place + 16)
        return (Listed(name: name, flags: flags, size: sizes[1], check: check, header: header), next)
    }

    /// A name that stays in the archive.
    private static func name(_ bytes: [UInt8]) throws(TorchArchiveError.Reason) -> String {
        guard let name = String(validating: bytes, as: UTF8.self) else { throw .archive("an entry's name is not UTF-8") }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !["", ".", ".."].contains($0) }), bytes.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\\") })
        else {
            throw .archive("entry '\(name)' is not named by a plain relative path")
        }
        return name
    }

    /// An entry whose own header says what the directory does.
    private static func entry(
        _ listed: Listed, _ file: borrowing ReadableFile, before limit: Int
    ) throws(TorchArchiveError.Reason) -> StoredEntry {
        func differs(_ what: String) -> TorchArchiveError.Reason {
            .archive("entry '\(listed.name)': its own header and the directory give \(what)")
        }
        guard listed.header <= limit - localBytes else {
            throw .archive("entry '\(listed.name)' begins at \(listed.header), beyond the data, which ends at \(limit)")
        }
        let header = try file.whole(localBytes, at: listed.header)
        guard UInt32(littleEndian: header, at: 0) == localSignature else {
            throw differs("no common place: there is none at \(listed.header)")
        }
        let lengths = [26, 28].map { Int(UInt16(littleEndian: header, at: $0)) }
        let start = listed.header + localBytes + lengths[0] + lengths[1]
        guard start <= limit, listed.size <= limit - start else {
            throw .archive(
                "entry '\(listed.name)' of \(listed.size) bytes at \(start) reaches beyond the data, which ends at \(limit)")
        }
        guard try file.whole(lengths[0], at: listed.header + localBytes) == Array(listed.name.utf8) else {
            throw differs("two names")
        }
        guard UInt16(littleEndian: header, at: 6) == listed.flags, UInt16(littleEndian: header, at: 8) == 0 else {
            throw differs("two flags or methods")
        }
        // Where bit 3 says that sizes follow the data, the header has zeros.
        let numbers = [14, 18, 22].map { UInt32(littleEndian: header, at: $0) }
        let expected = [listed.check, UInt32(listed.size), UInt32(listed.size)]
        guard numbers == expected || (listed.flags & 1 << 3 != 0 && numbers == [0, 0, 0]) else {
            throw differs("two sizes or checks")
        }
        return StoredEntry(name: listed.name, range: start..<start + listed.size, check: listed.check)
    }
}

extension ReadableFile {
    /// Bytes that must all be there.
    borrowing func whole(_ count: Int, at offset: Int) throws(TorchArchiveError.Reason) -> [UInt8] {
        let found: [UInt8]
        do {
            found = try bytes(count, at: offset)
        } catch {
            throw .file(error)
        }
        guard found.count == count else { throw .archive("the file was cut while it was read") }
        return found
    }

    /// An entry's bytes, checked.
    borrowing func contents(of entry: StoredEntry) throws(TorchArchiveError.Reason) -> [UInt8] {
        let bytes = try whole(entry.range.count, at: entry.range.lowerBound)
        var check = CyclicRedundancyCheck()
        check.update(bytes)
        guard check.value == entry.check else { throw .checksum(entry: entry.name, stated: entry.check, found: check.value) }
        return bytes
    }
}
