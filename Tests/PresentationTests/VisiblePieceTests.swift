import Presentation
import Testing

@Suite struct VisiblePieceTests {
    @Test(arguments: [
        (" John", "·John"), ("\n", "⏎"), ("\n\n ", "⏎⏎·"), ("\t", "⇥"), ("", "∅"), ("<|endoftext|>", "<|endoftext|>"), ("é", "é"),
        ("\u{1B}[31m", "␛[31m"), ("\u{7F}", "␡"), ("\u{202E}x", "\u{FFFD}x"), ("\r", "␍"),
    ]) func `a piece shows what a terminal would swallow or obey`(piece: String, visible: String) {
        #expect(piece.visiblePiece == visible)
    }

    @Test func `no piece of one byte reaches the terminal as a control character`() {
        for byte in UInt8.min...UInt8.max {
            let piece = String(Unicode.Scalar(byte))
            let isControl = piece.visiblePiece.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }
            #expect(!isControl, "byte \(byte)")
        }
    }

    @Test func `a quoted piece keeps its spaces`() {
        #expect(" to".quotedPiece == "' to'")
        #expect("\n".quotedPiece == "'⏎'")
    }
}
