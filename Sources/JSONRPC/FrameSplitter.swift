// Bytes in, frames out.
//
// The rule is one JSON value per line. Accepted besides: CRLF, blank lines, several values on a line, a value spread over lines, and
// a last value without its newline once the peer has shut its side down.
//
// 1. White space between values is skipped.
// 2. The scanner reads on until the value is complete: that is a frame.
// 3. Where no value can go on, the frame is broken and reported at once, and the rest of that line is dropped. If the byte that
//    cannot be is an opening bracket at the start of a line, the lines before it were an unfinished value and this is the next one.
// 4. A frame with more values than a message may have is read to its end, which costs no more than its bytes, and reported.
// 5. A frame beyond the limit cannot be resynchronised: it is reported, and nothing is read after it.
//
// Each byte is looked at once, however small the pieces in which it comes.

public import JSON

/// Cuts a stream of bytes into JSON values.
public struct FrameSplitter: Sendable {
    /// What the stream held next.
    public enum Event: Sendable, Hashable {
        /// One JSON value, by its brackets; the parser has the last word.
        case frame([UInt8])
        /// Something that cannot be JSON, and why.
        case broken(String)
        /// A frame with more values than one may have; it has been skipped.
        case tooMany(limit: Int)
        /// A frame beyond the limit; nothing follows.
        case tooLarge(limit: Int)
    }

    /// The most bytes of one frame that are read unless a caller asks for another limit.
    public static let defaultLimit = 64 << 20

    /// The most values of one frame that are read unless a caller asks for another limit.
    ///
    /// A byte of text may become a value of some sixty bytes in memory, so that the limit on bytes alone would allow gigabytes.
    public static let defaultValueLimit = 1_000_000

    /// From how many bytes on a frame is handed on as it lies in the buffer.
    private static let largeFrame = 1 << 16

    private enum Mode { case values, droppingLine, ended }

    private let limit: Int
    private let valueLimit: Int
    private var scanner: ValueScanner
    private var mode = Mode.values
    private var buffer: [UInt8] = []
    /// Where the frame at hand starts in the buffer.
    private var start = 0
    /// Up to where the buffer has been looked at.
    private var position = 0
    /// Bytes of the line that is being dropped.
    private var dropped = 0

    /// A splitter at the start of a stream.
    ///
    /// - Parameters:
    ///   - limit: the most bytes of one frame, white space around it not counted.
    ///   - depth: the deepest nesting of one frame.
    ///   - values: the most values of one frame: the elements and members of all its arrays and objects.
    public init(
        limit: Int = FrameSplitter.defaultLimit, depth: Int = JSON.defaultDepth, values: Int = FrameSplitter.defaultValueLimit
    ) {
        self.limit = limit
        valueLimit = values
        scanner = ValueScanner(depthLimit: depth)
    }

    /// Whether a frame has begun and not ended.
    public var isMidFrame: Bool { mode == .values && scanner.isInside }

    /// Adds bytes that have arrived; take all events before adding more.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        guard mode != .ended else { return }
        buffer.removeFirst(start)
        position -= start
        start = 0
        buffer.append(contentsOf: bytes)
    }

    /// The next event that the bytes so far decide; nil if more are needed.
    public mutating func next() -> Event? {
        switch mode {
        case .ended: return nil
        case .droppingLine:
            if let event = dropLine() { return event }
            return mode == .values ? nextValue() : nil
        case .values: return nextValue()
        }
    }

    /// The last event, once no more bytes will come and ``next()`` has nothing left.
    public mutating func finish() -> Event? {
        defer { end() }
        guard isMidFrame else { return nil }
        return scanner.mayEndHere ? .frame(Array(buffer[start...])) : .broken("the input ends inside a value")
    }

    private mutating func nextValue() -> Event? {
        if !scanner.isInside {
            while position < buffer.count, [0x20, 0x09, 0x0A, 0x0D].contains(buffer[position]) { position += 1 }
            start = position
            guard position < buffer.count else { return nil }
        }
        switch scanner.scan(buffer, from: position) {
        case .more:
            position = buffer.count
            return position - start > limit ? tooLarge() : nil
        case .value(let end):
            if end - start > limit { return tooLarge() }
            if scanner.commas >= valueLimit {
                restart(at: end)
                return .tooMany(limit: valueLimit)
            }
            return .frame(takeFrame(until: end))
        case .broken(let offset, let reason):
            if offset - start > limit { return tooLarge() }
            let hint = FrameSplitter.hint(for: buffer[start...].prefix(16))
            let event = Event.broken(hint ?? "\(reason) at byte \(offset - start)")
            let opens = buffer[offset] == UInt8(ascii: "{") || buffer[offset] == UInt8(ascii: "[")
            restart(at: offset)
            if !(opens && startsLine(offset)) { mode = .droppingLine }
            return event
        }
    }

    /// Takes out a frame; a large one as it lies there, since a copy would double what it costs.
    private mutating func takeFrame(until end: Int) -> [UInt8] {
        guard start == 0, end >= Self.largeFrame else {
            let frame = Array(buffer[start..<end])
            restart(at: end)
            return frame
        }
        var frame = Array(buffer[end...])
        swap(&frame, &buffer)
        frame.removeLast(frame.count - end)
        restart(at: 0)
        return frame
    }

    /// Drops bytes up to and with the next newline.
    private mutating func dropLine() -> Event? {
        let newline = buffer[position...].firstIndex(of: UInt8(ascii: "\n"))
        dropped += (newline ?? buffer.count) - position
        restart(at: newline.map { $0 + 1 } ?? buffer.count)
        if dropped > limit { return tooLarge() }
        if newline != nil {
            dropped = 0
            mode = .values
        }
        return nil
    }

    private mutating func restart(at next: Int) {
        scanner.reset()
        start = next
        position = next
    }

    private mutating func tooLarge() -> Event {
        end()
        return .tooLarge(limit: limit)
    }

    private mutating func end() {
        buffer = []
        restart(at: 0)
        mode = .ended
    }

    /// Whether only blanks stand between the byte and a newline before it.
    private func startsLine(_ offset: Int) -> Bool {
        let before = buffer[..<offset].last { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
        return before == UInt8(ascii: "\n")
    }

    /// What a stream that starts like this is, if it is something that is often sent by mistake.
    private static func hint(for beginning: ArraySlice<UInt8>) -> String? {
        let speech = "this socket speaks JSON-RPC 2.0, one JSON value per line"
        let text = String(decoding: beginning, as: UTF8.self)
        if ["GET ", "POST ", "PUT ", "HEAD ", "OPTIONS "].contains(where: text.hasPrefix) { return "this is HTTP; \(speech)" }
        if text.lowercased().hasPrefix("content-") { return "this is a header; \(speech), without headers" }
        if beginning.starts(with: [0xEF, 0xBB, 0xBF]) { return "this starts with a byte order mark; send UTF-8 without one" }
        if beginning.starts(with: [0xFF, 0xFE]) || beginning.starts(with: [0xFE, 0xFF]) { return "this is UTF-16; send UTF-8" }
        if beginning.count > 1, beginning.contains(0), beginning.contains(UInt8(ascii: "{")) {
            return "this looks like UTF-16; send UTF-8"
        }
        if beginning.starts(with: [0x16, 0x03]) { return "this is TLS; \(speech), unencrypted" }
        return nil
    }
}
