import API
import Foundation
import JSON
import Testing

/// Group A of the bad inputs: what can be wrong before it is JSON at all.
@Suite(.timeLimit(.minutes(3))) struct FramingTests {
    private static let ping = #"{"jsonrpc":"2.0","method":"system.ping","id":1}"#

    static let table: [BadInput] = [
        BadInput(1, "empty line", "\n", []),
        BadInput(
            2, "a million blank lines", Array(repeating: UInt8(ascii: "\n"), count: 1_000_000) + Array(ping.utf8), ["result"]),
        BadInput(3, "CRLF", ping + "\r\n" + ping + "\r\n", ["result", "result"]),
        BadInput(4, "no newline, then half-closed", ping, ["result"]),
        BadInput(8, "two values on one line", ping + " " + ping + "\n", ["result", "result"]),
        BadInput(9, "a value over several lines", ping.replacingOccurrences(of: ",", with: "\n,\r\n\n") + "\n", ["result"]),
        BadInput(
            10, "NUL inside", #"{"jsonrpc":"2.0",\#0"method":"system.ping","id":1}"# + "\n" + ping, [-32700, "result"], "NUL"),
        BadInput(10, "NUL after", ping + "\0\n" + ping, ["result", -32700, "result"]),
        BadInput(
            11, "UTF-8 byte order mark", [0xEF, 0xBB, 0xBF] + Array((ping + "\n" + ping).utf8), [-32700, "result"], "byte order"),
        BadInput(12, "UTF-16LE", utf16(ping, isBig: false), [-32700], "UTF-16"),
        BadInput(12, "UTF-16BE", utf16(ping, isBig: true), [-32700], "UTF-16"),
        BadInput(12, "UTF-16LE with a byte order mark", [0xFF, 0xFE] + utf16(ping, isBig: false), [-32700], "UTF-16"),
        BadInput(13, "Content-Length", "Content-Length: \(ping.utf8.count)\r\n\r\n\(ping)", [-32700, "result"], "header"),
        BadInput(14, "HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", [-32700, -32700], "HTTP"),
        BadInput(
            15, "TLS ClientHello",
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + noise(512).filter { $0 != 10 }, [-32700], "TLS"),
    ]

    private static func utf16(_ text: String, isBig: Bool) -> [UInt8] {
        text.utf16.flatMap { isBig ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)] }
    }

    /// Bytes of a linear congruential generator (Knuth's MMIX constants), the same each time.
    private static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(state >> 56)
        }
    }

    @Test func `whatever the stream holds is answered or refused in words`() throws {
        let daemon = try LiveDaemon()
        try daemon.keepsEverything(within: 32 << 20) {
            for input in Self.table { try daemon.survives(input) }

            // 5: nobody is left to hear the answer.
            try RawSocket(daemon.socket).send(Self.ping)
            _ = try daemon.call(SystemPing.self)

            // 6: a packet for each byte; without the pauses that a slow line has, which the daemon does not see anyway.
            let slow = try RawSocket(daemon.socket)
            for byte in Array((Self.ping + "\n").utf8) { try slow.send([byte]) }
            #expect(try slow.reply()?["result"] != nil)

            // 16: each line is refused by itself, except what happens to be a value, which is no request; no line brings it down.
            let replies = try daemon.exchange(Self.noise(1 << 20))
            let codes = Set(replies.map(shape))
            #expect(replies.count > 1000 && codes.isSubset(of: [-32700, -32600, [-32600]]), "\(replies.count): \(codes)")
            _ = try daemon.call(SystemPing.self)
        }
    }

    @Test func `a message may be as long as the limit and not a byte longer, and a line without end is not kept`() throws {
        let limit = 8 << 20
        let daemon = try LiveDaemon(["--max-message-mib", "8"])
        let ends = (#"{"jsonrpc":"2.0","method":"system.ping","id":1,"params":{"#, "}}")
        func message(_ count: Int) -> [UInt8] {
            Array(ends.0.utf8) + Array(repeating: UInt8(ascii: " "), count: count - ends.0.utf8.count - ends.1.utf8.count)
                + Array(ends.1.utf8)
        }
        try daemon.survives(BadInput(7, "the limit", message(limit), ["result"]))
        try daemon.survives(BadInput(7, "the limit and one", message(limit + 1), [1006], "\(limit) bytes"))
        let before = try daemon.facts
        let endless = try RawSocket(daemon.socket)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        try endless.send("\"")
        var sent = 0
        while sent < 1 << 30, try endless.send(piece) { sent += piece.count }
        #expect(sent < limit + 8 << 20, "the daemon stops reading at the limit, \(sent) bytes were sent")
        #expect(try endless.replies().map(shape) == [1006])
        // The buffer doubles as it grows, so that at the worst moment it holds three times the limit.
        let after = try daemon.facts
        #expect(after.peakBytes <= before.peakBytes + 3 * limit + (8 << 20), "before: \(before); after: \(after)")
        #expect(daemon.end() == 0)
    }
}
