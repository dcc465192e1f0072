import Checkpoints
import Fuzzing
import Tensors
import Testing

/// Why a file that the reference accepts is refused here: the table of ``SafetensorsHeader``.
private enum StricterCase: String, CaseIterable {
    case spaceFirst, duplicateName, arrayForObject, objectForString, overflow

    /// The case that a refusal belongs to; nil if it is none of them.
    init?(_ reason: SafetensorsError.Reason, _ file: [UInt8]) {
        switch reason {
        case .duplicate: self = .duplicateName
        case .overflow: self = .overflow
        case .syntax(_, 0) where [0x20, 0x09, 0x0A, 0x0D].contains(file[8]): self = .spaceFirst
        case .syntax("'{' is missing", let offset) where file[8 + offset] == UInt8(ascii: "["): self = .arrayForObject
        case .syntax("a string is missing", let offset) where file[8 + offset] == UInt8(ascii: "{"): self = .objectForString
        default: return nil
        }
    }
}

@Suite("Safetensors, beside the reference library")
struct SafetensorsMutationTests {
    static let count = 100_000, block = 1_000

    /// Digests of the files, one per block, and a bit per file: whether safetensors 0.8.0 accepts it.
    ///
    /// *Source:* Tests/References/safetensors/mutations.py.
    static func reference() throws -> (digests: [UInt64], accepted: [Bool]) {
        let path = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let bytes = try ReadableFile.contents(of: path + "/Fixtures/mutations.bits", limit: 1 << 16)
        let digests = (0..<count / block).map { block in
            (0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[8 * block + $1]) }
        }
        let bits = bytes[(8 * digests.count)...]
        try #require(bits.count == count / 8)
        return (digests, (0..<count).map { bits[bits.startIndex + $0 / 8] >> UInt8($0 % 8) & 1 == 1 })
    }

    @Test("of 100,000 spoilt files, those are accepted that safetensors 0.8.0 accepts, but for the stricter table")
    func verdicts() throws {
        let (digests, accepted) = try Self.reference()
        let directory = try TemporaryDirectory()
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        var stricter: [StricterCase: Int] = [:], reported = 0
        for index in 0..<Self.count {
            let bytes = SafetensorsMutation.file(UInt64(index))
            for byte in bytes { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
            if index % Self.block == Self.block - 1 {
                try #require(digest == digests[index / Self.block], "the files up to \(index) are not the reference's")
            }
            let refusal = Self.refusal(of: bytes)
            // That a file is judged as its bytes are needs no more than a part of them.
            if index % 50 == 0 { #expect(try Self.refusal(of: bytes, in: directory) == refusal) }
            if let refusal, accepted[index], let known = StricterCase(refusal, bytes) {
                stricter[known, default: 0] += 1
            } else if (refusal == nil) != accepted[index], reported < 20 {
                reported += 1
                Issue.record(
                    "file \(index): \(String(decoding: bytes, as: UTF8.self)): \(refusal.map { "\($0)" } ?? "was accepted")")
            }
        }
        #expect(accepted.count(where: \.self) == 41_631)
        #expect(
            stricter == [.spaceFirst: 577, .duplicateName: 1267, .arrayForObject: 253, .objectForString: 18, .overflow: 109])
    }

    /// Why these bytes are refused; nil if they are not.
    private static func refusal(of bytes: [UInt8]) -> SafetensorsError.Reason? {
        do throws(SafetensorsError) {
            _ = try SafetensorsHeader(ofFile: bytes)
            return nil
        } catch {
            return error.reason
        }
    }

    /// The same for a file that holds them.
    private static func refusal(of bytes: [UInt8], in directory: TemporaryDirectory) throws -> SafetensorsError.Reason? {
        let path = try directory.file("case", bytes)
        do throws(SafetensorsError) {
            _ = try SafetensorsFile(path)
            return nil
        } catch {
            return error.reason
        }
    }
}
