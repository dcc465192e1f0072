import Glibc
import Testing
import Tokenizer

@Suite struct HostileTextTests {
    /// A million times each; that the work is in proportion is counted in `WordMergerTests`, here it is the processor's time.
    static let units = [
        "a", " ", "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}", "\n", "'", "0", "e\u{301}", "\u{0}", "\u{FFFD}", "<|endoftext|>",
    ]

    /// The published vocabulary where it is there, and the embedded model's.
    static let references = Reference.present.filter { $0 == .gpt2 || $0 == .demo }

    @Test(arguments: references, units)
    func `a million of one thing take less than a second per ten megabytes, and come back`(_ reference: Reference, _ unit: String)
        throws
    {
        let tokenizer = try reference.tokenizer()
        let text = String(repeating: unit, count: 1_000_000)
        let start = clock()
        let ids = tokenizer.encode(text)
        let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
        #expect(try tokenizer.decode(ids) == Array(text.utf8))
        // Measured: 0.1 s for ten megabytes of words, 1 s for ten of one word; the rest is for a busy machine.
        #expect(seconds < 2 + 0.4 * Double(text.utf8.count) / 1e6, "\(seconds) s for \(text.utf8.count) bytes")
    }

    @Test(arguments: references)
    func `every scalar comes back, alone and between a letter and a digit`(_ reference: Reference) throws {
        let tokenizer = try reference.tokenizer()
        for frame in [("", "\n"), ("a", "1\n"), (" ", " "), ("", "")] {
            var bytes: [UInt8] = []
            for value in UInt32(0)...0x10FFFF {
                guard let scalar = Unicode.Scalar(value) else { continue }
                bytes += frame.0.utf8
                bytes += "\(scalar)".utf8
                bytes += frame.1.utf8
            }
            #expect(try tokenizer.decode(tokenizer.encode(bytes)) == bytes, "\(frame)")
        }
        // One by one for those that a cut could be mistaken about: two bytes and the first of three.
        for value in UInt32(0)..<0x1000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            for text in ["\(scalar)", "a\(scalar)1", "1\(scalar)a", " \(scalar) "] {
                #expect(try tokenizer.decode(tokenizer.encode(text)) == Array(text.utf8), "\(text.debugDescription)")
            }
        }
    }
}
