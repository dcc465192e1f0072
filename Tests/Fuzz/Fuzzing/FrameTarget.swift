private import JSON
private import JSONRPC

extension FuzzTarget {
    /// The limit of a frame here: small, so that it is met often.
    private static let frameLimit = 2048

    /// Streams of frames.
    ///
    /// The same events come out however the stream is cut; each frame that is JSON is the same once written and read.
    public static let frames = FuzzTarget("frames") { draws, corpus in
        if draws.oneIn(2) { return ByteMutation.input(&draws, corpus) }
        var bytes: [UInt8] = []
        for _ in 0...draws.below(4) {
            bytes += JSONText.frame(&draws).utf8
            bytes += draws.pick(["\n", "\n", "\n", "\r\n", "", " ", "\n\n"]).utf8
        }
        if draws.oneIn(3) { ByteMutation.spoil(&bytes, &draws, with: corpus) }
        return bytes
    } check: { bytes in
        let whole = events(bytes, cutBy: nil)
        // The cuts follow from the input, so that one file repeats the finding.
        var draws = Draws(seed: bytes.reduce(UInt64(bytes.count)) { $0 &* 31 &+ UInt64($1) })
        for longest in [1, 7, 1000] {
            let cut = events(bytes, cutBy: { 1 + draws.below(longest) })
            try Finding.require(
                cut.count == whole.count && zip(cut, whole).allSatisfy { $0.isSame(as: $1) },
                "whole: \(whole); in pieces of up to \(longest): \(cut)")
        }
        var accepted = false
        for case .frame(let frame) in whole {
            _ = Message(parsing: frame)
            guard let json = try? JSON(parsing: frame) else { continue }
            accepted = true
            let written = json.bytes()
            let again = try? JSON(parsing: written)
            try Finding.require(
                again == json && again?.bytes() == written,
                "\(String(decoding: frame, as: UTF8.self)) was written as \(json.text())")
        }
        return accepted
    }

    /// What a splitter finds; `size` draws the length of each piece, nil to hand over everything at once.
    private static func events(_ bytes: [UInt8], cutBy size: (() -> Int)?) -> [FrameSplitter.Event] {
        var splitter = FrameSplitter(limit: frameLimit)
        var events: [FrameSplitter.Event] = [], start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + (size?() ?? bytes.count))
            splitter.append(bytes[start..<end])
            start = end
            while let event = splitter.next() { events.append(event) }
        }
        if let event = splitter.finish() { events.append(event) }
        return events
    }
}

extension FrameSplitter.Event {
    /// Whether two events are the same but for the words of a complaint, which may know more where more bytes have come.
    fileprivate func isSame(as other: FrameSplitter.Event) -> Bool {
        if case (.broken, .broken) = (self, other) { true } else { self == other }
    }
}
