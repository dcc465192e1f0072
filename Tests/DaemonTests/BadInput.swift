import API
import JSON
import Testing

/// One of the numbered inputs that a daemon must survive, and what it answers.
struct BadInput {
    let number: Int
    let name: String
    let bytes: [UInt8]
    /// One element per line that comes back until the daemon closes: an error's code, `"result"`, or an array of these for a batch.
    let replies: JSON
    /// What the first error's message says.
    let part: String

    init(_ number: Int, _ name: String, _ bytes: [UInt8], _ replies: JSON, _ part: String = "") {
        (self.number, self.name, self.bytes, self.replies, self.part) = (number, name, bytes, replies, part)
    }

    init(_ number: Int, _ name: String, _ text: String, _ replies: JSON, _ part: String = "") {
        self.init(number, name, Array(text.utf8), replies, part)
    }
}

/// The shape of replies: codes of errors, `"result"`, and arrays of these.
func shape(_ reply: JSON) -> JSON {
    if let batch = reply.array { return .array(batch.map(shape)) }
    return reply["error"]?["code"] ?? (reply["result"] == nil ? reply : "result")
}

extension LiveDaemon {
    /// Sends bytes on a connection of their own, says that no more will come, and returns all that is answered.
    func exchange(_ bytes: [UInt8]) throws -> [JSON] {
        let connection = try RawSocket(socket)
        // A daemon that has heard enough may close before it has read everything.
        try connection.send(bytes)
        connection.endSending()
        return try connection.replies()
    }

    func exchange(_ text: String) throws -> [JSON] { try exchange(Array(text.utf8)) }

    /// Sends an input, holds the replies to what must come back, and asks the daemon whether it still answers.
    func survives(_ input: BadInput) throws {
        let replies = try exchange(input.bytes)
        let title = "\(input.number) \(input.name)"
        #expect(JSON.array(replies.map(shape)) == input.replies, "\(title): \(replies.map { $0.text().prefix(300) })")
        if !input.part.isEmpty {
            let message = (replies.first?.array?.first ?? replies.first)?["error"]?["message"]?.string ?? ""
            #expect(message.contains(input.part), "\(title): \(message.prefix(300))")
        }
        // However long the input, what comes back can be read.
        for error in replies.compactMap({ $0["error"] }) { #expect(error.text().utf8.count < 8192, "\(title)") }
        _ = try call(SystemPing.self)
    }

    /// Runs a group of inputs and checks that the daemon holds no more descriptors and threads afterwards, and so much memory at most.
    func keepsEverything(within bytes: Int, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) throws {
        // The pool of threads grows up to the number of processors with the first work that comes at once.
        let large = Array(request("system.ping", "{" + String(repeating: " ", count: 8192) + "}").utf8)
        let first = try (0..<8).map { _ in try RawSocket(socket) }
        for connection in first { for _ in 0..<8 { try connection.send(large) } }
        for connection in first { for _ in 0..<8 { #expect(try connection.reply()?["result"] != nil) } }
        for connection in first { connection.endSending() }
        for connection in first { #expect(try connection.line() == nil) }
        let before = try settled(to: facts)
        try body()
        let after = try settled(to: before, within: bytes)
        #expect(
            after.descriptors <= before.descriptors && after.threads <= before.threads
                && after.residentBytes <= before.residentBytes + bytes, "before: \(before); after: \(after)",
            sourceLocation: sourceLocation)
        #expect(end() == 0)
    }
}
